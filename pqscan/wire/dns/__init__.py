"""What of the DNS is read without a library: messages on a TCP stream, DNSKEY records, DKIM records, ECH configurations."""
