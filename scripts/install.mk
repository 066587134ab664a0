# SPDX-License-Identifier: GPL-3.0-or-later
# Included by the Makefile: install, uninstall, dist. An existing carom.conf is never touched.
.PHONY: install uninstall dist

man_pages := $(wildcard man/*.[1-8])
units     := $(wildcard contrib/systemd/*.service contrib/systemd/*.timer contrib/systemd/*.socket)
examples  := $(filter-out $(units),$(wildcard contrib/*.sample contrib/*/*))
man_place  = $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
fill_paths = sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g'

define put_filled
$(fill_paths) $(1) >$(2).new && chmod 644 $(2).new && mv $(2).new $(2)

endef

install: all ## programs, manual, units, examples; PREFIX, DESTDIR and the *DIR variables are respected
	install -d $(sort $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(DOCDIR)/examples \
		$(DESTDIR)$(SYSCONFDIR)/carom $(dir $(foreach m,$(man_pages),$(call man_place,$(m)))))
	install -m 755 $(B)/bin/listd $(B)/bin/bounced $(DESTDIR)$(SBINDIR)
	install -m 755 $(B)/bin/listctl $(DESTDIR)$(BINDIR)
	install -m 644 README.md NEWS.md LICENSE $(DESTDIR)$(DOCDIR)
	@$(call put_filled,contrib/carom.conf.sample,$(DESTDIR)$(SYSCONFDIR)/carom/carom.conf.sample)
	@$(foreach m,$(man_pages),$(call put_filled,$(m),$(call man_place,$(m))))
	@$(foreach u,$(units),$(call put_filled,$(u),$(DESTDIR)$(UNITDIR)/$(notdir $(u))))
	@$(foreach e,$(examples),$(call put_filled,$(e),$(DESTDIR)$(DOCDIR)/examples/$(notdir $(e))))

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(SBINDIR)/listd $(DESTDIR)$(SBINDIR)/bounced $(DESTDIR)$(BINDIR)/listctl
	rm -f $(foreach m,$(man_pages),$(call man_place,$(m))) $(units:contrib/systemd/%=$(DESTDIR)$(UNITDIR)/%)
	rm -f $(DESTDIR)$(SYSCONFDIR)/carom/carom.conf.sample
	rm -rf $(DESTDIR)$(DOCDIR)
	-rmdir $(DESTDIR)$(SYSCONFDIR)/carom 2>/dev/null

dist: ## build/carom-VERSION.tar.gz of the committed tree
	$(Q)mkdir -p build && git archive --format=tar.gz --prefix=carom-$(VERSION)/ -o build/carom-$(VERSION).tar.gz HEAD
	@echo build/carom-$(VERSION).tar.gz
