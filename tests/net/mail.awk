# SPDX-License-Identifier: GPL-2.0-only
# Of lines MTA/DECOY4 SECONDS, sorted by both, a row for each MTA and family, and
# a column for each decoy of the variable `decoys`, with the median.

function median(of,    middle) {
	middle = int((count[of] + 1) / 2)
	return middle ? sprintf("%.2f", delay[of, middle]) : "-"
}
{
	split($1, id, "/")
	decoy = substr(id[2], 1, length(id[2]) - 1)
	row = id[1] "/" substr(id[2], length(id[2]))
	if (!seen[row]++)
		rows[++row_count] = row
	of = row "/" decoy
	delay[of, ++count[of]] = $2
}
END {
	name["postfix"] = "Postfix"
	name["exim"] = "Exim"
	name["opensmtpd"] = "OpenSMTPD"
	columns = split(decoys, column)
	for (i = 1; i <= row_count; i++) {
		split(rows[i], id, "/")
		printf "| %s, IPv%s |", name[id[1]], id[2]
		for (c = 1; c <= columns; c++)
			printf " %s |", median(rows[i] "/" column[c])
		print ""
	}
}
