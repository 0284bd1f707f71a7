# SPDX-License-Identifier: GPL-2.0-only
# The report as a table. A figure stands beside its ratio to the first row of
# the group that has one in that column.

def groups: {
  rate: "resets a second, generator and responder on one core",
  empty: "ns a run of an empty program, called by nobody",
  cost54: "ns a SYN of 54 bytes, more than an empty program",
  cost74: "ns a SYN of 74 bytes, more than one that only trims it",
  apply: "1,000,000 prefixes, seconds",
  allow: "one more prefix, ms",
  memory: "memory, MiB"
};

def left($width): . + " " * ([$width - length, 1] | max);
def right($width): " " * ([$width - length, 1] | max) + .;

# Two digits behind the point of small numbers, none of large ones.
def digits:
  if . == null then "-"
  elif fabs >= 100 then round | tostring
  else . * 100 | round / 100 | tostring end;

def times:
  if . == null then "" else "x" + (. * 100 | round / 100 | tostring) end;

def cell($first):
  (.median | digits | right(11))
  + ((if ($first // 0) == 0 then null else .median / $first end)
     | times | right(8));

def columns: map(keys_unsorted) | add | reduce .[] as $c ([];
  if index([$c]) then . else . + [$c] end);

def group($title): [.[]] as $rows
  | ($rows | columns) as $columns
  | "", ($title | left(56)) + ($columns | map(right(11) + " " * 8) | join("")),
    (to_entries[] | .value as $row
     | ("  " + .key | left(56))
       + ([$columns[] as $c
           | if $row[$c] then
               $row[$c] | cell(first($rows[] | .[$c] // empty | .median))
             else " " * 19 end] | join("")));

def said: if . == null then "not measured" elif . then "yes" else "no" end;

((.figures | to_entries[] | .key as $key | .value | group(groups[$key] // $key)),
"", ("bar" | left(56)) + ("value" | right(11)) + "  " + ("bar" | left(17))
  + "reached",
(.bars[] | select(.value != null)
 | ("  " + .name | left(56)) + (.value | digits | right(11)) + "  "
   + ("\(.kind) \(.bar)" | left(17)) + (.reached | said)),
(.missing | to_entries[] | "", "not measured: \(.key): \(.value)"))
| sub(" +$"; "")
