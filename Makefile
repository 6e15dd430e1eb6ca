# The developer's commands. Each installs what it misses and uses what is there.
#
#   make run      build, furnish the demo company, serve it     (ARGS="--listen 127.0.0.1:9000")
#   make test     everything that proves the program
#   make check    format, lints, documentation, habits, licences
#   make bench    measurements, as ratios of one run
#   make release  the executable as it is given to others

ARGS ?=
CARGO_FLAGS ?=
# 1: `make test` also pays invoices in a real browser.
BROWSER_TESTS ?= 1

# 1: `make test` also fuzzes what the OpenAPI document says; FUZZ_EXAMPLES=200 does it for longer.
FUZZ_TESTS ?= 1

.PHONY: run test test-rust test-clients test-browser test-fuzz check bench release
.DEFAULT_GOAL := test

# The development build compiles in a third of the time, and SQLite and argon2 are optimised in it.
run:
	@tests/need cc >/dev/null
	@echo "building (the first time takes a few minutes)"
	@cargo build --quiet $(CARGO_FLAGS)
	@exec target/debug/bursar demo $(ARGS)

test: test-rust test-clients
ifeq ($(FUZZ_TESTS),1)
test: test-fuzz
endif
ifeq ($(BROWSER_TESTS),1)
test: test-browser
endif

test-rust:
	@echo "== tests in Rust"
	@tests/need cc >/dev/null
	@python=$$(tests/need python) && BURSAR_PYTHON=$$python cargo test --workspace $(CARGO_FLAGS)

test-clients:
	@echo "== published client libraries"
	@tests/need client-packages >/dev/null
	@cargo build --quiet $(CARGO_FLAGS)
	@node=$$(tests/need node) && BURSAR_PYTHON=$$(tests/need client-python) $$node tests/clients/webhooks.mjs
	@python=$$(tests/need client-python) && $$python tests/clients/smtp.py

test-browser:
	@echo "== tests in a browser"
	@tests/need browser-packages >/dev/null
	@cargo build --quiet $(CARGO_FLAGS)
	@node=$$(tests/need node) && BROWSER=$$(tests/need browser) $$node tests/browser/run.mjs

test-fuzz:
	@echo "== requests made from the OpenAPI document"
	@tests/need cc >/dev/null
	@cargo build --quiet $(CARGO_FLAGS)
	@python=$$(tests/need fuzz) && $$python tests/fuzz/run.py

check:
	@echo "== format"
	@cargo fmt --all --check
	@echo "== lints"
	@tests/need cc >/dev/null
	@cargo clippy --quiet --workspace --all-targets $(CARGO_FLAGS) -- -D warnings
	@echo "== documentation"
	@RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --quiet --workspace --no-deps --document-private-items $(CARGO_FLAGS)
	@echo "== habits"
	@cargo test --quiet --test tidy $(CARGO_FLAGS)
	@echo "== licences, banned crates, sources"
	@if deny=$$(tests/need deny); then cargo fetch --quiet --locked && $$deny --offline --log-level error check licenses bans sources; \
	else echo "  skipped: cargo-deny could not be installed"; fi

bench:
	@tests/need cc >/dev/null
	@cargo bench --workspace $(CARGO_FLAGS)

release:
	@tests/need cc >/dev/null
	@cargo build --release --locked
	@ls -l target/release/bursar | awk '{printf "target/release/bursar, %.1f MB\n", $$5 / 1000000}'
