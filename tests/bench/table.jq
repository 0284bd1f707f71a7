# SPDX-License-Identifier: GPL-2.0-only
# The report as a table. A figure stands beside its ratio to the first row of
# the group that has one in that column.

def titles: {
  resets_per_second: "resets a second, generator and responder on one core",
  answered_share: "SYNs that were answered",
  ns_empty: "ns a run of an empty program, which all others leave out",
  ns_54_bytes: "ns a SYN as long as its answer",
  ns_74_bytes: "ns a SYN with options, without their removal",
  load_seconds: "seconds to put prefixes in force",
  add_ms: "ms to add one prefix",
  map_bytes: "bytes of maps, by number of prefixes"
};
def names: { one: "one sender", many: "65,536 in turn", random: "random",
  other: "other traffic", "1000000": "1,000,000", "to 1000000": "to 1,000,000" };

# What is worth a line: that all was answered goes without saying.
def is_shown($group):
  $group != "answered_share" or any(.[][]; .median < 0.99);
def has_ratio($group): $group != "map_bytes" and $group != "ns_empty";

def left($width): . + " " * ([$width - length, 1] | max);
def right($width): " " * ([$width - length, 1] | max) + .;

# Two digits behind the point of small numbers, none of large ones.
def digits:
  if fabs >= 100 then round | tostring
  else . * 100 | round / 100 | tostring end;

def times: "x" + (. * 100 | round / 100 | tostring);

def cell($first):
  (.median | digits | right(11))
  + (if ($first // 0) == 0 then "" else .median / $first | times end
     | right(8));

def columns: map(keys_unsorted) | add | reduce .[] as $c ([];
  if index([$c]) then . else . + [$c] end);

def group($group): [.[]] as $rows
  | ($rows | columns) as $columns
  | (reduce $columns[] as $c ({}; .[$c] = first($rows[] | .[$c] // empty).median)
     | if has_ratio($group) then . else {} end) as $first
  | "", ((titles[$group] // $group | left(56))
         + ($columns | map(names[.] // . | right(15) + " " * 4) | join(""))),
    (to_entries[] | .value as $row
     | ("  " + .key | left(56))
       + ($columns | map(. as $c | $row[$c]
                         | if . then cell($first[$c]) else " " * 19 end)
          | join("")));

def said: if . == null then "not measured" elif . then "yes" else "no" end;

((.about | to_entries[] | "\(.key): \(.value)"),
(.figures | to_entries[] | .key as $group | .value | select(is_shown($group))
 | group($group)),
"", ("bar" | left(56)) + ("value" | right(11)) + "  " + ("bar" | left(17))
  + "reached",
(.bars[] | select(.value != null)
 | ("  " + .name | left(56)) + (.value | digits | right(11)) + "  "
   + ("\(.kind) \(.bar)" | left(17)) + (.reached | said)),
(.missing | to_entries[] | "", "not measured: \(.key): \(.value)"))
| sub(" +$"; "")
