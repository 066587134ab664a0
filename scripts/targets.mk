# The targets that do not build: tests, lint, install. Included by the Makefile.
.PHONY: help deps tests check-unit clean
help: ## list the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*##' Makefile scripts/targets.mk | sed 's/:.*##/\t/' | expand -t 24

deps: ## install what is missing (Debian, Ubuntu)
	@scripts/install-deps

tests: $(unit_tests)
check-unit: $(unit_tests) ## unit tests (TAP)
	$(Q)prove -e '' $(if $(T),$(filter %/test_$(T),$(unit_tests)),$(unit_tests))

clean: ## remove build/
	rm -rf build
