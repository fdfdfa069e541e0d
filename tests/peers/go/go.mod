module pqscan.invalid/peer

go 1.26
