# Verifies mails with Mail::DKIM, the records from a file instead of the DNS (see dkim_check.py).
# Usage: dkim_check.pl RECORDS.json FILE...      prints FILE, a tab, algorithm and result: one line a signature
use strict;
use warnings;
use JSON::PP;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS;

package Records;

sub new { my ($class, $records) = @_; return bless {records => $records}, $class; }

sub errorstring { return 'NOERROR'; }

sub send {
    my ($self, $name, $type) = @_;
    my $packet = Net::DNS::Packet->new($name, $type);
    my $text = $self->{records}{$name};
    if (!defined $text) {
        $packet->header->rcode('NXDOMAIN');
        return $packet;
    }
    my @strings = $text =~ /(.{1,255})/gs;
    $packet->push(answer => Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => \@strings));
    return $packet;
}

package main;

my ($records_file, @files) = @ARGV;
sub slurp { my ($file) = @_; open my $in, '<:raw', $file or die "$file: $!\n"; local $/; return <$in>; }
Mail::DKIM::DNS::resolver(Records->new(decode_json(slurp($records_file))));
for my $file (@files) {
    my $text = slurp($file);
    $text =~ s/\r?\n/\r\n/g;
    my $dkim = Mail::DKIM::Verifier->new;
    $dkim->PRINT($text);
    $dkim->CLOSE;
    printf "%s\t%s %s\n", $file, $_->algorithm, $_->result for $dkim->signatures;
}
