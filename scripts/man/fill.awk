# SPDX-License-Identifier: GPL-2.0-only
# fill.awk TABLES PAGE: prints the page, with a list of tables.h, preprocessed,
# in the place of each line "@NAME@".

# The file of tables is read as a whole: a list may be one line, or many.
FNR == NR { all = all " " $0; next }

FNR == 1 {
	count = split(all, parts, /@@ */)
	for (i = 2; i <= count; i++) {
		rows = split(parts[i], row, / *@ */)
		name = row[1]
		sub(/ .*/, "", name)
		for (j = 2; j <= rows; j++)
			lists[name] = lists[name] item(row[j])
	}
}

/^@[A-Z]*@$/ {
	name = substr($0, 2, length($0) - 2)
	if (!(name in lists)) {
		print "fill.awk: " name ": no such list" >"/dev/stderr"
		exit 1
	}
	printf "%s", lists[name]
	next
}
{ print }

# name "text" "more text": as an item of a list. Strings have no escapes.
function item(text,    name) {
	name = text
	sub(/ .*/, "", name)
	gsub(/"/, "", name)
	sub(/^[^ ]* */, "", text)
	gsub(/" *"/, "", text)
	gsub(/^"|" *$/, "", text)
	return ".It Cm " name "\n" wrapped(text ".")
}

function wrapped(text,    words, count, line, all, i) {
	count = split(text, words, / /)
	for (i = 1; i <= count; i++) {
		# A line is filled, and a sentence begins one, as mandoc wants it.
		if (line != "" && (length(line " " words[i]) > 78 ||
				   line ~ /[.?!]\)?$/)) {
			all = all line "\n"
			line = ""
		}
		# It would begin a request.
		if (line == "" && words[i] ~ /^[.\047]/)
			words[i] = "\\&" words[i]
		line = line (line == "" ? "" : " ") words[i]
	}
	return all line "\n"
}
