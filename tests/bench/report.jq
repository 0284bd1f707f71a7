# SPDX-License-Identifier: GPL-2.0-only
# From lines of GROUP, ROW, COLUMN and VALUE, one a round, to the median, the
# least and the most of each figure, and to the bars. Of the groups "missing"
# and "about" the value is a text.

def summary:
  sort | { median: .[length / 2 | floor], min: .[0], max: .[-1],
           rounds: length };

def figure($path): getpath($path) | .median?;

def ratio($of; $over):
  figure($of) as $a | figure($over) as $b
  | if $a != null and ($b // 0) != 0 then $a / $b else null end;

def bar($name; $kind; $bar; value):
  (value | if . == null then . else . * 100 | round / 100 end) as $value
  | { name: $name, value: $value, kind: $kind, bar: $bar,
      reached: (if $value == null then null
                elif $kind == "at least" then $value >= $bar
                else $value <= $bar end) };

def bars: [
  bar("resets a second, over nft at netdev ingress, one sender"; "at least"; 5;
    ratio(["resets_per_second", "xdp-fakemx", "one"]; ["resets_per_second", "nft, netdev ingress", "one"])),
  bar("resets a second, over the floor, one sender"; "at least"; 0.9;
    ratio(["resets_per_second", "xdp-fakemx", "one"]; ["resets_per_second", "floor", "one"])),
  bar("resets a second, over the floor, random senders"; "at least"; 0.75;
    ratio(["resets_per_second", "xdp-fakemx", "random"]; ["resets_per_second", "floor", "random"])),
  bar("ns, over a bare reset, one sender"; "at most"; 1.5;
    ratio(["ns_54_bytes", "xdp-fakemx", "one"]; ["ns_54_bytes", "bare reset", "one"])),
  bar("ns, over a bare reset, random senders"; "at most"; 4;
    ratio(["ns_54_bytes", "xdp-fakemx", "random"];
          ["ns_54_bytes", "bare reset", "random"])),
  bar("ns of other traffic, more than an empty program"; "at most"; 5;
    figure(["ns_54_bytes", "xdp-fakemx", "other"])),
  bar("ns with 1,000,000 prefixes, over none, one sender"; "at most"; 1.5;
    ratio(["ns_54_bytes", "with 1,000,000 prefixes", "one"];
          ["ns_54_bytes", "xdp-fakemx", "one"])),
  bar("load of 1,000,000 prefixes, over nft -f"; "at most"; 0.33;
    ratio(["load_seconds", "xdp-fakemx load", "1000000"]; ["load_seconds", "nft -f", "1000000"])),
  bar("load of 1,000,000 prefixes, over ipset restore"; "at most"; 1;
    ratio(["load_seconds", "xdp-fakemx load", "1000000"]; ["load_seconds", "ipset restore", "1000000"]))
];

reduce (inputs | split("\t")) as [$group, $row, $column, $value]
  ({ about: {}, missing: {}, figures: {} };
   if $group == "about" or $group == "missing" then .[$group][$row] = $column
   else .figures[$group][$row][$column] += [$value | tonumber] end)
| .figures |= map_values(map_values(map_values(summary)))
| .bars = (.figures | bars)
