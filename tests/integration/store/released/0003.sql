-- One store of schema 0001. Bytes are written X'00ff'; `TRUE` and `FALSE` as both databases take them.
INSERT INTO run ("number", "id", "kind", "state", "started_at", "finished_at", "scope", "site", "profile", "client", "tool_version", "registry_edition", "arguments", "cursor", "authorisation_number")
VALUES (1, 'run-1', 'net', 'running', '2026-01-02T03:04:05.678901Z', NULL, '192.0.2.0/24', 'Hà Nội', 'inventory', 'chrome-140', '0.1.0', '2026-01', '{"targets": ["192.0.2.0/24"]}', 256, '12/QĐ');
INSERT INTO run_count ("run_number", "status", "count")
VALUES (1, 'completed', 2);
INSERT INTO run_count ("run_number", "status", "count")
VALUES (1, 'refused', 254);
INSERT INTO run_batch ("run_number", "digest")
VALUES (1, X'74c85a586f1ef51ad558fc2eb04670893b3a3766d0b5a8fcde6fead12244d060');
INSERT INTO target ("id", "key", "kind", "site", "address", "host", "port", "transport", "server_name", "starttls", "machine", "path", "members")
VALUES (1, X'0104c000020101bb017777772e6578616d706c6500010074000048c3a0204ee1bb996900010001', 'network', 'Hà Nội', '192.0.2.1', NULL, 443, 'tcp', 'www.example', NULL, NULL, NULL, NULL);
INSERT INTO target ("id", "key", "kind", "site", "address", "host", "port", "transport", "server_name", "starttls", "machine", "path", "members")
VALUES (2, X'026dc3a1792d3100012f6574632f73736c2f612e70656d0001696e6e65722e6a61720001', 'file', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'máy-1', '/etc/ssl/a.pem', '["inner.jar"]');
INSERT INTO profile ("id", "digest", "probe", "depth", "asked", "complete", "preference", "registry_edition")
VALUES (1, X'71dae228cd7c9bbdcf664f26b02f8438baeeb0b375ef2b95e9f069e42d258a2c', 'tls', 'inventory', '2026-01', TRUE, '[]', '2026-01');
INSERT INTO profile ("id", "digest", "probe", "depth", "asked", "complete", "preference", "registry_edition")
VALUES (2, X'df1dcb8db71b40c4474e5caa2d457e47625fb7f8b72fb23ea578f56fcf184c51', 'certificate_file', 'inventory', '2026-01', TRUE, '[]', '2026-01');
INSERT INTO observation ("profile_id", "position", "subject", "context", "value", "name", "candidates", "support", "rank", "rank_basis", "quantum_class", "usage", "confidence", "components", "parameters", "place")
VALUES (1, 0, 'named_group', 'TLS1.3', '0x11ec', 'X25519MLKEM768', '[]', 'accepted', 1, 'hello_retry', 'pqt_hybrid', 'negotiated', 'observed', '["ML-KEM-768","X25519"]', '[]', NULL);
INSERT INTO observation ("profile_id", "position", "subject", "context", "value", "name", "candidates", "support", "rank", "rank_basis", "quantum_class", "usage", "confidence", "components", "parameters", "place")
VALUES (1, 1, 'protocol_version', NULL, 'TLS1.2', NULL, '[]', 'refused', NULL, NULL, 'not_public_key', 'negotiated', 'observed', '[]', '[]', NULL);
INSERT INTO observation ("profile_id", "position", "subject", "context", "value", "name", "candidates", "support", "rank", "rank_basis", "quantum_class", "usage", "confidence", "components", "parameters", "place")
VALUES (2, 0, 'public_key', NULL, '1.2.840.113549.1.1.1', 'RSA', '[]', 'offered', NULL, NULL, 'not_public_key', 'negotiated', 'observed', '[]', '[["size_bits",2048]]', '[1,null,null]');
INSERT INTO profile_term ("term", "profile_id", "position")
VALUES ('x25519mlkem768', 1, 0);
INSERT INTO profile_term ("term", "profile_id", "position")
VALUES ('ml-kem-768', 1, 0);
INSERT INTO profile_term ("term", "profile_id", "position")
VALUES ('x25519', 1, 0);
INSERT INTO profile_term ("term", "profile_id", "position")
VALUES ('0x11ec', 1, 0);
INSERT INTO profile_term ("term", "profile_id", "position")
VALUES ('1.2.840.113549.1.1.1', 2, 0);
INSERT INTO profile_term ("term", "profile_id", "position")
VALUES ('rsa', 2, 0);
INSERT INTO certificate ("id", "sha256", "subject", "issuer", "serial", "not_before", "not_after", "key_oid", "key_algorithm", "key_size_bits", "key_parameter", "key_components", "spki_sha256", "key_quantum_class", "signature_oid", "signature_algorithm", "signature_hash", "signature_components", "signature_quantum_class", "key_usage", "extended_key_usage", "is_ca", "self_signed", "malformed", "der")
VALUES (1, X'e4f60d0aa6d7f3d3b6a6494b1c861b99f649c6f9ec51abaf201b20f297327c95', 'CN=www', 'CN=Gốc', '-0a', NULL, '2027-02-06T03:04:05.678901Z', '1.2.3', 'RSA', 2048, NULL, '["RSA"]', X'7c5e3e4e2ea33a82fa0c78c720e2f13396a634453e6a84b345339c025fbba45f', 'traditional', '1.2.4', 'sha256WithRSAEncryption', 'SHA-256', '["RSA"]', 'traditional', '["digital_signature"]', '["serverAuth"]', FALSE, TRUE, '["negative_serial"]', X'3000');
INSERT INTO certificate_name ("certificate_id", "position", "name", "folded")
VALUES (1, 0, 'www.example', 'www.example');
INSERT INTO certificate_term ("term", "certificate_id", "role")
VALUES ('1.2.3', 1, 2);
INSERT INTO certificate_term ("term", "certificate_id", "role")
VALUES ('rsa', 1, 2);
INSERT INTO certificate_term ("term", "certificate_id", "role")
VALUES ('rsa-2048', 1, 2);
INSERT INTO certificate_term ("term", "certificate_id", "role")
VALUES ('1.2.4', 1, 4);
INSERT INTO certificate_term ("term", "certificate_id", "role")
VALUES ('rsa', 1, 4);
INSERT INTO certificate_term ("term", "certificate_id", "role")
VALUES ('sha-256', 1, 4);
INSERT INTO certificate_term ("term", "certificate_id", "role")
VALUES ('sha256withrsaencryption', 1, 4);
INSERT INTO chain_set ("id", "digest", "chains")
VALUES (1, X'ae206d451ac242bdba811b494f827616c66d36e2748195fd4328a9d602d61901', '[["www.example", "TLS1.3", ["e4f60d0aa6d7f3d3b6a6494b1c861b99f649c6f9ec51abaf201b20f297327c95"]]]');
INSERT INTO chain_certificate ("certificate_id", "chain_set_id")
VALUES (1, 1);
INSERT INTO sighting ("id", "target_id", "probe", "lane", "open_lane", "is_current", "profile_id", "chain_set_id", "status", "detail_code", "detail_parameters", "connections_used", "elapsed_seconds", "first_run", "last_run", "first_seen", "last_seen")
VALUES (1, 1, 'tls', 5, 5, TRUE, 1, 1, 'completed', NULL, NULL, 24, 0.5, 1, 1, '2026-01-02T03:04:05.678901Z', '2026-01-03T03:04:05.678901Z');
INSERT INTO sighting ("id", "target_id", "probe", "lane", "open_lane", "is_current", "profile_id", "chain_set_id", "status", "detail_code", "detail_parameters", "connections_used", "elapsed_seconds", "first_run", "last_run", "first_seen", "last_seen")
VALUES (2, 2, 'certificate_file', 5, 5, TRUE, 2, NULL, 'completed', 'status.partial', '[["what","encrypted"]]', 0, 0.01, 1, 1, '2026-01-02T03:04:05.678901Z', '2026-01-02T03:04:05.678901Z');
INSERT INTO visit ("run_number", "block", "probe", "lane", "bits")
VALUES (1, 0, 'tls', 5, X'0200000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO visit ("run_number", "block", "probe", "lane", "bits")
VALUES (1, 0, 'certificate_file', 5, X'0400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO evidence ("sighting_id", "sent", "received")
VALUES (1, X'1603', X'160303');
