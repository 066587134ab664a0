# SPDX-License-Identifier: GPL-3.0-or-later
# Included by the Makefile: tests, lint, measuring. T=name picks one test.
.PHONY: help deps check check-bare tests check-unit check-e2e check-asan check-valgrind check-fuzz-corpus check-mutations check-relay fuzz soak bench bench-policy accuracy \
        bench-pace coverage lint lint-flags format demo clean

# the tests wait more than they work
JOBS ?= 3
tap_run = scripts/tap-run -l $(B)/tap -j $(1) -t $(2) $(if $(filter 1,$(V)),-v)
chosen = $(if $(T),$(or $(filter %/$(1)$(T) %/$(1)$(T).t %/$(1)$(T).sh,$(2)),$(error no test $(T))),$(2))

export ASAN_OPTIONS ?= detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:suppressions=$(CURDIR)/tests/asan.supp
export UBSAN_OPTIONS ?= print_stacktrace=1
export LINT_CC = $(CC)
export LINT_FLAGS = -std=gnu11 $(all_cppflags) $(lib_cflags)

help: ## list the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*##' Makefile scripts/*.mk | sed 's/:.*##/\t/' | sort | expand -t 20

deps: ## install missing packages (Debian, Ubuntu)
	@scripts/install-deps

check: ## everything: unit, end-to-end, sanitizers, fuzz corpus, lint
	+@scripts/check

check-bare: ## make demo and make check on a bare Debian 12 in a folder of its own; needs root and debootstrap
	scripts/check-bare $(or $(DIR),$(shell mktemp -u -d -t carom-bare.XXXXXX)) $(SUITE)

tests: $(unit_tests)
# The long ones start first, so that the end does not wait for one of them.
long_tests = $(filter %/test_relay_faults %/test_pacer %/test_dispatch %/test_lease %/test_undo %/test_judge,$(unit_tests))
check-unit: $(unit_tests) ## unit tests; T=base runs tests/unit/test_base.c
	$(Q)$(call tap_run,$(JOBS),400) $(call chosen,test_,$(long_tests) $(filter-out $(long_tests),$(unit_tests)))

# Each has a mail server of its own, and waits more than it works.
E2E_JOBS ?= 2
check-e2e: all ## end-to-end tests in a private mail world; T=20_pipe runs one
	$(Q)BIN=$(CURDIR)/$(B)/bin $(call tap_run,$(E2E_JOBS),400) $(call chosen,,$(sort $(wildcard tests/e2e/*.t)))

check-asan: ## unit tests and fuzz corpus under ASan and UBSan
	$(Q)$(MAKE) MODE=asan check-unit
	$(Q)$(MAKE) MODE=asan check-fuzz-corpus

check-valgrind: ## unit tests under valgrind's memcheck
	$(Q)$(MAKE) MODE=debug tests
	$(Q)G_SLICE=always-malloc scripts/valgrind $(or $(T),all)

check-fuzz-corpus: $(fuzz_targets) ## replay the fuzz corpora
	$(Q)FUZZ_TARGETS='$(fuzz_targets)' $(call tap_run,1,300) tests/fuzz_corpus.sh

fuzz: ## fuzz tests/fuzz/fuzz_T.c with libFuzzer for SECS seconds
	$(Q)$(if $(T),,$(error T=NAME is needed, one of: $(patsubst fuzz_%,%,$(notdir $(fuzz_targets)))))
	$(Q)$(MAKE) MODE=fuzz build/fuzz/tests/fuzz/fuzz_$(T)
	$(Q)mkdir -p build/fuzz/corpus/$(T) build/fuzz/found
	build/fuzz/tests/fuzz/fuzz_$(T) -max_total_time=$(or $(SECS),60) -timeout=60 -rss_limit_mb=1024 \
		-artifact_prefix=build/fuzz/found/$(T)- build/fuzz/corpus/$(T) $(wildcard tests/fuzz/corpus/$(T))

# A sample of what soak does; SEED gives the same messages again.
check-mutations: $(B)/tests/soak/mutations ## read 20,000 damaged messages: none crashes it, takes a second, or eats memory
	$(Q)MUTATIONS=$(B)/tests/soak/mutations $(call tap_run,1,300) tests/soak/mutations.t

check-relay: $(B)/tests/unit/test_relay_faults ## all that a relay may do, over plain, STARTTLS and implicit TLS, as a table
	$(Q)RELAY_FAULTS=all $< 2>$(B)/relay_faults.log | grep -vE '^# (random seed|Start|End)'

soak: ## the long figures: ROUNDS kills (bounced 200, listd 1000), MUTATIONS messages (1,000,000), SECS of each fuzz target (600)
	+@scripts/soak

bench: all $(bench_programs) $(bench_peers) ## measure, beside peers in the same run; CORPUS=DIR of bounces, T=bench_intake runs one
	$(Q)for b in $(call chosen,,$(bench_programs) $(sort $(filter-out %/peer_smtplib.py,$(wildcard tests/bench/*.sh tests/bench/*.py)))); do \
		echo "== $$(basename $$b)"; CORPUS='$(CORPUS)' BIN=$(CURDIR)/$(B)/bin PEERS=$(CURDIR)/$(B)/tests/bench $$b || exit 1; done

bench-pace: $(B)/tests/bench/bench_pace ## the pace against a hidden limit in simulated time, beside fixed rates and suspensions
	$(Q)$<

bench-policy: $(B)/tests/sim/policy_sim ## bounce policies in invented years, beside those of others; ARGS='--recorded FILE' plays yours
	$(Q)$< $(ARGS)

accuracy: all ## score bounced --classify on CORPUS=DIR
	$(Q)$(if $(CORPUS),,$(error CORPUS=DIR is needed))
	$(Q)scripts/accuracy.sh $(CORPUS)

coverage: ## lines run by the unit tests, per file
	$(Q)find build/cov -name '*.gcda' -delete 2>/dev/null || true
	$(Q)$(MAKE) MODE=cov check-unit
	$(Q)scripts/coverage build/cov

lint-flags:
	@printf '%s\n' "$$LINT_FLAGS"

lint_programs := $(patsubst %.c,$(B)/%,$(wildcard tests/lint/*.c))
lint: $(lint_programs) $(B)/libparts.a all ## layers, sizes, banned calls, headers, scripts, analyzers, manual
	$(Q)SETTINGS_KEYS=$(B)/tests/lint/settings_keys COMMAND_TABLE=$(B)/tests/lint/command_table \
		BIN=$(B)/bin LIBCAROM='$(B)/libcarom.a $(B)/libparts.a' $(call tap_run,$(JOBS),900) \
		$(call chosen,,$(filter-out %/common.sh,$(sort $(wildcard tests/lint/*.sh))))

format: ## clang-format all C files
	git ls-files '*.c' | xargs clang-format -i

demo: ## install what is missing, build, and show carom at work
	@scripts/install-deps
	+@MAKEFLAGS="$(if $(findstring -j,$(MAKEFLAGS)),$(MAKEFLAGS),$(MAKEFLAGS) -j$$(nproc))" $(MAKE) all
	@scripts/demo

clean: ## remove build/
	rm -rf build
