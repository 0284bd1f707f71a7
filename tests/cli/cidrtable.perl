# SPDX-License-Identifier: GPL-2.0-only
#
# cidrtable.perl SEED TABLE ADDRESSES: writes a random Postfix cidr_table(5),
# and addresses in and around what is in it. The same seed writes the same.
use strict;
use warnings;
use Socket qw(AF_INET AF_INET6 inet_ntop);

my ($seed, $table, $addresses) = @ARGV;
srand $seed;

sub one_of { return $_[rand @_] }
sub percent { return rand 100 < $_[0] }
sub random_bits { return join '', map { int rand 2 } 1 .. $_[0] }

# Addresses are strings of 32 or 128 digits 0 and 1. Prefixes begin like one of
# a few, so that many lie in each other.
my @like = (map({ random_bits 32 } 1 .. 3), map({ random_bits 128 } 1 .. 2));
my %probes;

sub text_of {
	my ($bits) = @_;
	my $family = length $bits == 32 ? AF_INET : AF_INET6;

	return inet_ntop $family, pack 'B*', $bits;
}

# The next address, upwards or downwards; behind the last is the first.
sub neighbour {
	my ($bits, $up) = @_;

	$up ? $bits =~ s/(01*)$/$1 =~ tr{01}{10}r/e
	    : $bits =~ s/(10*)$/$1 =~ tr{01}{10}r/e;
	return $bits;
}

# None that is IPv4 in the form of IPv6: Postfix never asks for one.
sub probe {
	for my $text (map { text_of $_ } @_) {
		$probes{$text} = 1 unless $text =~ /^::ffff:/;
	}
}

sub prefix {
	my $bits = one_of @like;
	my $size = length $bits;
	my $len = int rand 1 + $size;

	$len = $size - int rand 6 if percent 40;
	$len = int rand 4 if percent 2;
	my $net = substr $bits, 0, $len;
	substr $net, -1, 1, int rand 2 if $len;
	my ($first, $last) = map { $net . $_ x ($size - $len) } 0, 1;
	probe $first, $last, neighbour($first, 0), neighbour($last, 1),
		map { $net . random_bits $size - $len } 1 .. 4;
	my $text = text_of $first;
	return $text if $len == $size && percent 50;
	return one_of "$text/$len", "$text/$len", "[$text]/$len",
		"[$text/$len]";
}

# A pattern that is negated leaves little to the lines behind it.
my $negated = one_of 0, 2, 20;

sub pattern {
	return prefix unless percent $negated;
	return '!' . one_of('', '', ' ', '!!') . prefix;
}

sub white { return one_of ' ', "\t", "  ", "\n ", "\n# none\n\n\t" }

sub result {
	return one_of qw(permit permit PERMIT OK reject dunno DUNNO Reject),
		"REJECT not\n  here";
}

my $depth = 0;
my @lines;
for (1 .. 3 + int rand one_of 40, 40, 400) {
	if (percent 12 and $depth < 6) {
		push @lines, one_of('if', 'IF') . ' ' . pattern;
		$depth++;
	} elsif (percent 15 and $depth) {
		push @lines, one_of 'endif', 'EndIf';
		$depth--;
	} else {
		push @lines, pattern . white . result;
	}
	push @lines, one_of '', '# ' . prefix . ' permit', ' # none'
		if percent 10;
}
push @lines, ('endif') x $depth;
probe map { random_bits 32 } 1 .. 20;
probe map { random_bits 128 } 1 .. 20;

my $end = percent(20) ? "\r\n" : "\n";
my $text = join '', map { "$_\n" } @lines;
$text =~ s/\n/$end/g;

sub put {
	my ($name, $what) = @_;

	open my $to, '>', $name or die "$name: $!\n";
	print $to $what;
	close $to or die "$name: $!\n";
}

put $table, $text;
put $addresses, join '', map { "$_\n" } sort keys %probes;
