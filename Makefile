# The only task runner: `make` alone lists what there is. Needs make, a shell and Python; everything else comes into .venv.
.DEFAULT_GOAL := help
.PHONY: help setup liboqs demo test lint format lab lab-test lab-debian fuzz bench readme lock wheelhouse bundle wheel test-system clean

BIN := .venv/bin
FUZZ_SECONDS ?= 20
WORKERS ?= auto

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## makes .venv with everything (.venv/bin/pqscan), from hashed locks; quick when up to date
	@tools/setup

liboqs: setup ## builds liboqs for the harness where setup could not (needs cargo and gcc), and puts it into .venv
	@tools/liboqs install --again

demo: setup ## setup, then scans real servers on this machine's loopback and writes a report
	@$(BIN)/pqscan demo

lint: setup ## ruff, mypy --strict, the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: setup ## lets ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

test: lint ## setup, lint, then every test; the last lines are pytest's own
	@tools/system-packages postgresql openssh-server dropbear-bin
	@$(BIN)/python tools/bundle.py --fetch 2>/dev/null || echo "the wheels of a bundle could not be fetched; its test skips" >&2
	@$(BIN)/python -m tests.peers.rust || true
	@cd tests/peers/go_ssh && go mod download >/dev/null 2>&1 || true
	@cd tests/peers/go_quic && go mod download >/dev/null 2>&1 || true
	@cd tests/peers/go_dtls && go mod download >/dev/null 2>&1 || true
	@$(BIN)/python -m pytest -p tools.most_skips -n $(WORKERS)

lab: setup ## only the tests that need a real peer on loopback
	@tools/system-packages postgresql openssh-server dropbear-bin
	@$(BIN)/python -m tests.peers.rust || true
	@cd tests/peers/go_ssh && go mod download >/dev/null 2>&1 || true
	@cd tests/peers/go_quic && go mod download >/dev/null 2>&1 || true
	@cd tests/peers/go_dtls && go mod download >/dev/null 2>&1 || true
	@$(BIN)/python -m pytest -n $(WORKERS) -m lab

lab-test: test-system setup ## every real server of the lab, one after another, each field against its truth file; says what is missing (PEERS=FOLDER as for lab-debian)
	@$(BIN)/python -m tests.peers.rust || true
	@cd tests/peers/go_ssh && go mod download >/dev/null 2>&1 || true
	@cd tests/peers/go_quic && go mod download >/dev/null 2>&1 || true
	@cd tests/peers/go_dtls && go mod download >/dev/null 2>&1 || true
	@if [ -n "$(PEERS)" ]; then tools/debian-peers run "$(PEERS)" $(BIN)/python -m pytest -n $(WORKERS) -rs -m "lab or debian"; \
	    else $(BIN)/python -m pytest -n $(WORKERS) -rs -m lab; fi

lab-debian: setup ## the tests of servers of other Debian suites, in roots that debootstrap makes below PEERS=FOLDER (as root; SETS="tls strongswan")
	@tools/debian-peers make "$(PEERS)" $(SETS) || { code=$$?; [ $$code = 77 ] && exit 0; exit $$code; }; \
	    tools/debian-peers run "$(PEERS)" $(BIN)/python -m pytest -m debian

fuzz: setup ## grown bytes against every codec, FUZZ_SECONDS (20) for each target in tests/fuzz
	@$(BIN)/python tools/fuzz.py --seconds $(FUZZ_SECONDS)

bench: setup ## side by side with the peers, in one run; writes bench/RESULTS.md (OPTIONS="--only quick --fast")
	@$(BIN)/python bench/run.py $(OPTIONS)

readme: setup ## refreshes help texts, sessions and the table of requirements from the program
	@$(BIN)/python tools/readme.py
	@$(BIN)/python tools/requirements.py

lock: ## writes the hashed lock files anew from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	@tools/lock $(UPGRADE)

wheel: setup ## builds the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

wheelhouse: setup ## fills dist/wheelhouse with all that setup of a checkout needs, to carry to an isolated network
	@$(BIN)/python -m pip download --quiet --require-hashes -r requirements-dev.lock -d dist/wheelhouse
	@$(BIN)/python -m pip download --quiet --require-hashes --no-deps --no-build-isolation -r requirements-source.lock -d dist/wheelhouse
	@wheel=$$(tools/liboqs wheel) && cp "$$wheel" dist/wheelhouse || true

bundle: setup ## makes dist/bundle, which installs pqscan alone without index or network (KEY=private.pem signs it)
	@$(BIN)/python tools/bundle.py $(if $(KEY),--key "$(KEY)") $(if $(OUT),--out "$(OUT)") $(if $(PYTHONS),--pythons "$(PYTHONS)")

test-system: ## installs with apt-get, where it may, what the longer tests use: PostgreSQL, Chromium, nmap, OpenSSH, Dropbear, mail, ...
	@tools/system-packages postgresql chromium nmap openssh-server dropbear-bin postfix dovecot-imapd dovecot-pop3d dovecot-managesieved \
	    dovecot-lmtpd slapd vsftpd prosody inspircd mariadb-server xrdp bind9 bind9-utils knot samba krb5-kdc krb5-admin-server \
	    krb5-pkinit snmpd openvpn

clean: ## removes what make made, .venv too; never a database of yours
	@rm -rf .venv .venv-lock .liboqs dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
