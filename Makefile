# SPDX-License-Identifier: MIT
# Builds fourmica. GNU make; nothing is configured, what the compiler can do is probed once.
#
#   make                build/fourmica, build/libfourmica.so, build/libfourmica.a
#   make check          everything that must hold, offline; ends with "N passed, N failed"
#   make install PREFIX=/usr/local DESTDIR=
#
# Variables: V=1 shows commands, WERROR=1 makes warnings errors, B=dir builds elsewhere, CC=clang,
# T=name runs only the unit tests and bats files whose names contain it.

.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

B ?= build
V ?= 0
WERROR ?=
SAN ?=
T ?=
DIR ?= tests/vectors
FUZZ ?= json
FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
INSTALL ?= install

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin AR),default)
AR := ar
endif
PKG_CONFIG ?= pkg-config

# What is checked has no warnings, in this run and in those it starts.
ifneq ($(filter check check-deep dist,$(MAKECMDGOALS)),)
WERROR := 1
export WERROR
endif

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)'; )

# ---- what is built -----------------------------------------------------------------------------

VERSION := $(shell sed -n 's/^\#define FM_VERSION "\(.*\)".*/\1/p' \
	lib/include/fourmica/fourmica.h 2>/dev/null)
VERSION := $(or $(VERSION),0.1.0)
SOMAJOR := 0
SONAME := libfourmica.so.$(SOMAJOR)

LIB_SRC := $(sort $(wildcard lib/*/*.c))
CLI_SRC := $(filter-out cli/main.c $(wildcard cli/gen*.c),$(sort $(wildcard cli/*.c)))
HEADERS := $(sort $(wildcard lib/include/fourmica/*.h))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
VEC_SRC := $(sort $(wildcard tests/unit/vec_*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
# A file with a main is a program, a shim is preloaded, the rest are helpers tests may link.
SUPPORT_ALL := $(filter-out tests/support/killat.c,$(sort $(wildcard tests/support/*.c)))
SUPPORT_PROG := $(if $(SUPPORT_ALL),$(shell grep -l '^int main' $(SUPPORT_ALL)))
SUPPORT_SRC := $(filter-out $(SUPPORT_PROG),$(SUPPORT_ALL))
EXAMPLE_SRC := $(sort $(wildcard tests/examples/*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
DEEP_SRC := $(sort $(wildcard tests/deep/*.c))
MAN := $(sort $(wildcard man/*.[1-9]))
BATS := $(sort $(wildcard tests/cli/*.bats))

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIB_OBJ := $(call obj,$(LIB_SRC))
CLI_OBJ := $(call obj,$(CLI_SRC))

LIBA := $(B)/libfourmica.a
LIBSO := $(B)/$(SONAME)
SUPPORT := $(B)/tests/libsupport.a
KILLAT := $(B)/tests/killat.so
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT_SRC))
VEC := $(patsubst tests/unit/%.c,$(B)/tests/%,$(VEC_SRC))
REPLAY := $(patsubst tests/fuzz/fuzz_%.c,$(B)/tests/replay_%,$(FUZZ_SRC))
BENCH := $(patsubst tests/bench/%.c,$(B)/bench/%,$(BENCH_SRC))
EXAMPLES := $(patsubst tests/examples/%.c,$(B)/examples/%,$(EXAMPLE_SRC))
PROGS := $(patsubst tests/support/%.c,$(B)/tests/%,$(SUPPORT_PROG))
CERTS := $(if $(DEEP_SRC),$(B)/tests/certs)

# ---- flags -------------------------------------------------------------------------------------

PKGS := libsodium libsecp256k1 sqlite3
# Loaded when first needed, so only their headers are used.
PKGS_HEADERS := libcurl libcrypto libedit

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual \
	-Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wformat=2 \
	-Wimplicit-fallthrough
HARDEN_TRY := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-ftrivial-auto-var-init=zero
FORTIFY_TRY := -D_FORTIFY_SOURCE=3 -D_FORTIFY_SOURCE=2
HARDEN_LD_TRY := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code \
	-Wl,--as-needed

FLAGS_MK := $(B)/flags-$(notdir $(firstword $(CC))).mk
# Goals that must work on a machine without compiler or libraries.
BARE := deps clean format uninstall
ifneq ($(filter-out $(BARE),$(or $(MAKECMDGOALS),build)),)
include $(FLAGS_MK)
endif

empty_program := int main(void) { return 0; }
# $(1) flags to try, $(2) flags to try them with: prints the ones the compiler knows
probe = for f in $(1); do echo '$(empty_program)' | $(CC) -Werror $(2) $$f -x c - \
	-o $@.try 2>/dev/null && printf ' %s' "$$f"; done; echo
probe_first = for f in $(1); do echo '$(empty_program)' | $(CC) -Werror $(2) $$f -x c - \
	-o $@.try 2>/dev/null && printf ' %s' "$$f" && break; done; echo
$(FLAGS_MK): Makefile
	$(call say,PROBE,$(CC))mkdir -p $(@D)
	@command -v $(firstword $(CC)) >/dev/null && \
		$(PKG_CONFIG) --exists --print-errors $(PKGS) $(PKGS_HEADERS) || \
		{ echo 'something the build needs is missing: run ./scripts/deps' >&2; exit 1; }
	@{ printf 'HARDEN :='; $(call probe,$(HARDEN_TRY),-O2); \
	   printf 'FORTIFY := -U_FORTIFY_SOURCE'; \
	   $(call probe_first,$(FORTIFY_TRY),-O2 -U_FORTIFY_SOURCE); \
	   printf 'HARDEN_LD :='; $(call probe,$(HARDEN_LD_TRY),); \
	   printf 'PKG_CFLAGS := %s\n' "$$($(PKG_CONFIG) --cflags $(PKGS) $(PKGS_HEADERS) | \
		sed 's/-I/-isystem /g')"; \
	   printf 'PKG_LIBS := %s\n' "$$($(PKG_CONFIG) --libs $(PKGS))"; \
	} >$@.new
	@rm -f $@.try; mv $@.new $@

OPT ?= -O2 -g
ifneq ($(SAN),)
# The sanitizers see more without fortified calls and with whole frames.
SAN_FLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT := -O1 -g
FORTIFY := -U_FORTIFY_SOURCE
SO_DEFS :=
else
SO_DEFS := -Wl,-z,defs
endif
COVERAGE_FLAGS := $(if $(COVERAGE),--coverage -fprofile-update=atomic)

BASE_CFLAGS = -std=c17 -D_POSIX_C_SOURCE=200809L $(WARN) $(if $(WERROR),-Werror) $(OPT) \
	$(FORTIFY) $(HARDEN) -fno-common -fvisibility=hidden $(SAN_FLAGS) $(COVERAGE_FLAGS) \
	$(CPPFLAGS) $(CFLAGS)
LIB_CFLAGS = $(BASE_CFLAGS) -fPIC -Ilib/include -Ilib -I$(B)/gen $(PKG_CFLAGS)
# The programs get no other include path: what is not installed, they cannot see.
CLI_CFLAGS = $(BASE_CFLAGS) -fPIE -Ilib/include
TEST_CFLAGS = $(BASE_CFLAGS) -fPIE -Ilib/include -Ilib -Itests -Itests/support -Itests/fuzz -Itests/bench -I$(B)/gen \
	$(PKG_CFLAGS)
BASE_LDFLAGS = $(HARDEN_LD) $(SAN_FLAGS) $(COVERAGE_FLAGS) $(LDFLAGS)
LIBS = $(PKG_LIBS) -ldl -lpthread

# Objects are made again when the flags change, archives when the list of sources does.
ifneq ($(filter-out $(BARE),$(or $(MAKECMDGOALS),build)),)
remember = $(shell mkdir -p $(B)/obj; printf '%s\n' '$(2)' | cmp -s - $(1) || \
	printf '%s\n' '$(2)' >$(1))
$(call remember,$(B)/obj/.flags,$(CC) $(BASE_CFLAGS))
$(call remember,$(B)/obj/.places,$(VERSION) $(PREFIX) $(LIBDIR) $(INCLUDEDIR))
$(call remember,$(B)/obj/.sources,$(LIB_SRC) $(CLI_SRC) $(SUPPORT_SRC))
endif

# ---- build -------------------------------------------------------------------------------------

.PHONY: build tests
build: $(B)/fourmica $(B)/libfourmica.so $(LIBA) $(B)/fourmica.pc
tests: $(UNIT) $(VEC) $(REPLAY) $(PROGS) $(EXAMPLES) $(KILLAT) $(CERTS)

compile = $(call say,CC,$<)mkdir -p $(@D) && $(CC) $(1) -MMD -MP -c $< -o $@

$(B)/obj/lib/%.o: lib/%.c $(B)/obj/.flags
	$(call compile,$(LIB_CFLAGS))
$(B)/obj/cli/%.o: cli/%.c $(B)/obj/.flags
	$(call compile,$(CLI_CFLAGS))
# What programs of others look like: installed headers, the shared library, nothing else.
$(B)/obj/tests/examples/%.o: tests/examples/%.c $(B)/obj/.flags
	$(call compile,$(CLI_CFLAGS))
$(B)/obj/tests/%.o: tests/%.c $(B)/obj/.flags
	$(call compile,$(TEST_CFLAGS))
$(B)/obj/tests/support/killat.o: TEST_CFLAGS += -fPIC
# Zeros for every temporary of the arithmetic are a third of its time; it knows no secrets.
$(call obj,$(wildcard lib/bls/*.c)): HARDEN := $(filter-out -ftrivial-auto-var-init=zero,$(HARDEN))
ifneq ($(SAN),)
# Arithmetic is where instrumented tests spend their time: half of it is saved. That checks keep
# clang from unrolling a loop is no news (and gcc does not know the warning).
$(call obj,$(wildcard lib/bls/*.c)): OPT := -O2 -g
$(call obj,$(wildcard lib/bls/*.c)): LIB_CFLAGS += -Wno-pass-failed
endif
ifneq ($(findstring fuzzer,$(SAN)),)
# Comparisons of limbs teach the fuzzer nothing, and telling it of each takes most of the time.
$(call obj,$(wildcard lib/bls/fp*.c)): LIB_CFLAGS += -fno-sanitize-coverage=trace-cmp
endif

# The steps of the schema as bytes: no escaping, and no limit on the length of a string literal.
$(B)/gen/%_sql.h: lib/policy/%.sql
	$(call say,GEN,$@)mkdir -p $(@D) && { \
		echo '/* Made from $<. */'; echo 'static const char $*_sql[] = {'; \
		od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; echo '0};'; } >$@
$(call obj,$(wildcard lib/policy/*.c)): $(patsubst lib/policy/%.sql,$(B)/gen/%_sql.h,$(wildcard lib/policy/*.sql))

$(LIBA): $(LIB_OBJ) $(B)/obj/.sources
	$(call say,AR,$@)rm -f $@ && $(AR) rcsD $@ $(LIB_OBJ)

$(LIBSO): $(LIB_OBJ) lib/libfourmica.map $(B)/obj/.sources
	$(call say,LD,$@)$(CC) -shared -o $@ $(LIB_OBJ) -Wl,-soname,$(SONAME) $(SO_DEFS) \
		-Wl,-Bsymbolic-functions -Wl,--version-script=lib/libfourmica.map \
		$(BASE_LDFLAGS) $(LIBS)

$(B)/libfourmica.so: $(LIBSO)
	$(Q)ln -sf $(SONAME) $@

# $(1) objects, $(2) output, $(3) where the library is, seen from the program; empty: where the system looks
comma := ,
link_cli = $(CC) -pie -o $(2) $(1) $(BASE_LDFLAGS) \
	$(if $(3),-Wl$(comma)--enable-new-dtags$(comma)-rpath$(comma)'$(3)') $(LIBSO)
CLI_MAIN_OBJ := $(call obj,cli/main.c) $(CLI_OBJ)
$(B)/fourmica: $(CLI_MAIN_OBJ) $(LIBSO)
	$(call say,LD,$@)$(call link_cli,$(CLI_MAIN_OBJ),$@,$$ORIGIN)

GEN_OBJ := $(call obj,$(sort $(wildcard cli/gen*.c)))
$(B)/fourmica-gen: $(GEN_OBJ) $(CLI_OBJ) $(LIBSO)
	$(call say,LD,$@)$(call link_cli,$(GEN_OBJ) $(CLI_OBJ),$@,$$ORIGIN)

$(B)/fourmica.pc: lib/fourmica.pc.in $(B)/obj/.places
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@REQUIRES@|$(PKGS)|' $< >$@

$(SUPPORT): $(call obj,$(SUPPORT_SRC)) $(B)/obj/.sources
	$(call say,AR,$@)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $(call obj,$(SUPPORT_SRC))

link_test = $(call say,LD,$@)mkdir -p $(@D) && $(CC) -pie -o $@ $(filter %.o,$^) $(SUPPORT) \
	$(LIBA) $(BASE_LDFLAGS) $(1) $(LIBS)
$(B)/tests/test_%: $(B)/obj/tests/unit/test_%.o $(SUPPORT) $(LIBA)
	$(call link_test,-lcmocka)
# Parts of the program that need no process of their own.
$(B)/obj/tests/unit/test_cli_%.o: TEST_CFLAGS += -Icli
$(B)/tests/test_cli_%: $(B)/obj/tests/unit/test_cli_%.o $(CLI_OBJ) $(SUPPORT) $(LIBA)
	$(call link_test,-lcmocka)
$(B)/tests/vec_%: $(B)/obj/tests/unit/vec_%.o $(SUPPORT) $(LIBA)
	$(call link_test,-lcmocka)
$(B)/tests/replay_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/replay.o $(SUPPORT) $(LIBA)
	$(call link_test)
$(B)/tests/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(SUPPORT) $(LIBA)
	$(call link_test,-fsanitize=fuzzer)
$(PROGS): $(B)/tests/%: $(B)/obj/tests/support/%.o $(SUPPORT) $(LIBA)
	$(call link_test)
$(EXAMPLES): $(B)/examples/%: $(B)/obj/tests/examples/%.o $(LIBSO)
	$(call say,LD,$@)mkdir -p $(@D) && $(call link_cli,$<,$@,$$ORIGIN/..)
$(CERTS): $(call obj,$(DEEP_SRC)) $(SUPPORT) $(LIBA)
	$(call link_test)
$(KILLAT): $(B)/obj/tests/support/killat.o
	$(call say,LD,$@)mkdir -p $(@D) && $(CC) -shared -o $@ $< -ldl

# ---- tests -------------------------------------------------------------------------------------
#
# tests/support/tally runs one step, counts its tests and keeps the sum; `tally end` prints it.

# Builds with a runtime of their own, which writes files and wants to be loaded first.
INSTRUMENTED = $(strip $(SAN) $(if $(COVERAGE),coverage))
export TALLY ?= $(abspath $(B))/results
TALLY_RUN = tests/support/tally
# Homes of the CLI tests live in memory where that can be had: each payment syncs several files, and a
# disk that others keep busy would make minutes of it.
CLI_TMP := $(firstword $(shell test -w /dev/shm && test "$$(df -Pk /dev/shm | awk 'END {print $$4}')" -gt 1000000 && \
	echo /dev/shm) $(or $(TMPDIR),/tmp))
# What the CLI tests need to know, whichever build they are run with. The limits are for a machine
# several times as slow.
CLI_ENV = TALLY_LIMIT=2400 BATS_TEST_TIMEOUT=600 TMPDIR='$(CLI_TMP)' FOURMICA='$(abspath $(B))/fourmica' FOURMICA_TESTS='$(abspath $(B))/tests' \
	FOURMICA_SAN='$(INSTRUMENTED)' \
	FOURMICA_KILLAT='$(if $(INSTRUMENTED),,$(abspath $(KILLAT)))'
# A finding ends the program with a status no command uses, and under the CLI tests, which may
# have thrown that away, leaves a file behind.
SAN_REPORTS = $(abspath $(B))/reports
san_env = $(if $(SAN),ASAN_OPTIONS='exitcode=99$(1)$(if $(1),/asan)' \
	UBSAN_OPTIONS='exitcode=99:print_stacktrace=1$(1)$(if $(1),/ubsan)')
SAN_ENV = $(call san_env)
SAN_ENV_CLI = $(call san_env,:log_path=$(SAN_REPORTS))
LABEL = $(if $(SAN),$(notdir $(B))/)

only = $(foreach f,$(1),$(if $(T),$(if $(findstring $(T),$(notdir $(f))),$(f)),$(f)))
.PHONY: test test-unit test-cli run-unit run-vec run-replay run-certs run-cli run-tests run-reports vectors
test: build tests $(B)/fourmica-gen
	@$(TALLY_RUN) start
	+@$(MAKE) --no-print-directory run-tests
	@$(TALLY_RUN) end
test-unit:
	@$(TALLY_RUN) start
	+@$(MAKE) --no-print-directory run-unit run-vec run-replay
	@$(TALLY_RUN) end
test-cli: build tests $(B)/fourmica-gen
	@$(TALLY_RUN) start
	+@$(MAKE) --no-print-directory run-cli
	@$(TALLY_RUN) end

run-tests:
	+@$(MAKE) --no-print-directory run-unit
	+@$(MAKE) --no-print-directory run-vec
	+@$(MAKE) --no-print-directory run-replay
	+@$(MAKE) --no-print-directory run-certs
	+@$(MAKE) --no-print-directory run-cli
run-unit: $(call only,$(UNIT))
	@$(foreach t,$(call only,$(UNIT)),$(SAN_ENV) $(TALLY_RUN) tests \
		'$(LABEL)unit/$(notdir $(t))' $(t);)
run-vec: $(call only,$(VEC))
	@$(foreach t,$(call only,$(VEC)),$(SAN_ENV) $(TALLY_RUN) tests \
		'$(LABEL)vectors/$(notdir $(t))' $(t) tests/vectors;)
run-replay: $(call only,$(REPLAY))
	@$(foreach t,$(call only,$(REPLAY)),$(SAN_ENV) $(TALLY_RUN) tests \
		'$(LABEL)fuzz/$(notdir $(t))' $(t) \
		tests/fuzz/corpus/$(patsubst replay_%,%,$(notdir $(t)));)
# Certificates with the verdict of another implementation: made once, read by every build.
CERTS_FILE ?= $(abspath $(B))/certificates.jsonl
CERTS_MAKER := $(wildcard tests/deep/*.mjs) tests/sandbox/package-lock.json
make_certs = tests/sandbox/node tests/deep/certs.mjs --jobs $(JOBS)
$(abspath $(B))/certificates.jsonl: $(CERTS_MAKER)
	$(call say,GEN,$(@F))mkdir -p $(@D) && $(make_certs) --count 300 --seed 1 >$@
run-certs: $(call only,$(CERTS)) $(if $(call only,$(CERTS)),$(CERTS_FILE))
	@$(foreach t,$(call only,$(CERTS)),$(SAN_ENV) $(TALLY_RUN) tests \
		'$(LABEL)certificates' $(t) $(CERTS_FILE);)
# They mostly wait, so some files run at the same time, each group with a sandbox of its own.
CLI_FILES = $(call only,$(BATS))
CLI_GROUPS := 1 2 3 4
cli_group = $(shell printf '%s\n' $(CLI_FILES) | awk 'NF && NR % $(words $(CLI_GROUPS)) == $(1) - 1')
run-cli: build $(PROGS) $(EXAMPLES) $(KILLAT) $(if $(wildcard cli/gen.c),$(B)/fourmica-gen)
	@rm -rf $(SAN_REPORTS) && mkdir -p $(SAN_REPORTS)
	@$(foreach g,$(CLI_GROUPS),$(if $(call cli_group,$(g)),$(CLI_ENV) $(SAN_ENV_CLI) \
		$(TALLY_RUN) tests '$(LABEL)cli-$(g)' tests/sandbox/run bats --tap \
		$(call cli_group,$(g)) &)) wait
	@$(if $(SAN),$(TALLY_RUN) step '$(LABEL)reports' tests/support/no-reports $(SAN_REPORTS))

vectors: $(VEC)
	@tests/support/read-vectors '$(DIR)' $(VEC)

# The same sources under the sanitizers, in their own folder.
SAME_CERTS = CERTS_FILE='$(CERTS_FILE)'
ASAN_MAKE = $(MAKE) --no-print-directory B=$(B)/asan SAN=address,undefined $(SAME_CERTS)
UBSAN_MAKE = $(MAKE) --no-print-directory B=$(B)/ubsan SAN=undefined $(SAME_CERTS)
CLANG_MAKE = $(MAKE) --no-print-directory B=$(B)/clang CC=clang
.PHONY: asan ubsan coverage check check-deep
asan: $(CERTS_FILE)
	+@$(ASAN_MAKE) test
ubsan: $(CERTS_FILE)
	+@$(UBSAN_MAKE) test
coverage:
	+@$(MAKE) --no-print-directory B=$(B)/coverage COVERAGE=1 OPT='-O0 -g' test
	@scripts/cov $(B)/coverage

# ---- check -------------------------------------------------------------------------------------

LINTS := format headers includes banned amount shell man gen install cppcheck analyzer tidy
LINT = B='$(B)' CC='$(CC)' scripts/lint
.PHONY: lint $(addprefix lint-,$(LINTS)) format format-check gen gen-check run-lint
# Offline: what it needs was installed by scripts/deps. The CLI tests mostly wait, so those of both
# builds run at the same time, each with a sandbox of its own.
check:
	@$(TALLY_RUN) start
	@$(TALLY_RUN) must tally tests/support/tally-test
	+@$(TALLY_RUN) must build $(MAKE) -j$(JOBS) build tests $(BENCH) $(B)/fourmica-gen
	+@$(TALLY_RUN) must asan/build $(ASAN_MAKE) -j$(JOBS) build tests $(B)/asan/fourmica-gen
	+@$(TALLY_RUN) must clang/build $(CLANG_MAKE) -j$(JOBS) build tests
	+@$(TALLY_RUN) must certificates/made $(MAKE) $(CERTS_FILE)
	+@$(ASAN_MAKE) run-tests & asan=$$!; \
		$(MAKE) --no-print-directory run-tests; wait $$asan
	+@$(MAKE) --no-print-directory run-sandbox
	+@$(MAKE) --no-print-directory run-lint
	@$(TALLY_RUN) end

# What the CLI tests lean on is proved by itself.
.PHONY: run-sandbox
run-sandbox:
	@$(TALLY_RUN) tests sandbox env VECTORS=tests/vectors tests/sandbox/node --test \
		--test-reporter=tap tests/sandbox/selftest.mjs

run-lint:
	+@for l in $(LINTS); do $(TALLY_RUN) step lint/$$l env $(LINT) $$l; done

lint:
	@$(TALLY_RUN) start
	+@$(MAKE) --no-print-directory run-lint
	@$(TALLY_RUN) end
$(addprefix lint-,$(LINTS)): lint-%:
	+@$(LINT) $*
format-check: lint-format
gen-check: lint-gen
format:
	@scripts/lint format --write
gen: $(B)/fourmica-gen
	$(Q)$(B)/fourmica-gen man man
	$(Q)$(B)/fourmica-gen causes man
	$(Q)$(B)/fourmica-gen completions completions

# Long runs: everything of check, thousands of certificates, fifty processes on one budget, every fuzz
# target, the packages, the unit tests under valgrind, coverage.
check-deep:
	+@$(MAKE) --no-print-directory check
	+@$(MAKE) --no-print-directory deep-certs
	+@$(MAKE) --no-print-directory deep-race
	+@$(MAKE) --no-print-directory deep-deb
	+@$(MAKE) --no-print-directory run-valgrind
	+@for f in $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC)); do \
		$(MAKE) --no-print-directory fuzz FUZZ=$$f FUZZ_SECONDS=600 || exit 1; done
	+@$(MAKE) --no-print-directory coverage

# New certificates each time (DEEP_SEED repeats a run), read by every compiler at every level: each must
# say what the other implementation says, and all the same. deep-certs-gcc-O2 and its like run one.
DEEP_COUNT ?= 10000
DEEP_SEED ?=
DEEP_BUILDS := gcc-O0 gcc-O2 gcc-O3 gcc-portable gcc-asan clang-O0 clang-O2 clang-O3 clang-asan
DEEP_FILE := $(B)/deep/certificates.jsonl
deep_flags = CC=$(firstword $(subst -, ,$(1))) $(deep_flags_$(lastword $(subst -, ,$(1))))
deep_flags_O0 = OPT='-O0 -g' FORTIFY=
deep_flags_O2 = OPT='-O2 -g'
deep_flags_O3 = OPT='-O3 -g'
deep_flags_asan = SAN=address$(comma)undefined
deep_flags_portable = CPPFLAGS=-DFM_BLS_PORTABLE
.PHONY: deep-certs run-deep-certs deep-certs-made $(addprefix deep-certs-,$(DEEP_BUILDS))
deep-certs:
	@$(TALLY_RUN) start
	+@$(MAKE) --no-print-directory run-deep-certs
	@$(TALLY_RUN) end
run-deep-certs: deep-certs-made
	+@$(MAKE) --no-print-directory -j$(JOBS) $(addprefix deep-certs-,$(DEEP_BUILDS))
	@for b in $(DEEP_BUILDS); do TALLY_LIMIT=60 $(TALLY_RUN) step deep/$$b/same \
		cmp $(B)/deep/$(firstword $(DEEP_BUILDS))/verdicts $(B)/deep/$$b/verdicts; done
deep-certs-made $(DEEP_FILE):
	@mkdir -p $(B)/deep
	@seed='$(DEEP_SEED)'; TALLY_LIMIT=14400 $(TALLY_RUN) must deep/certificates sh -c \
		'$(make_certs) --count $(DEEP_COUNT) --seed "$$1" >$(DEEP_FILE).new && \
		mv $(DEEP_FILE).new $(DEEP_FILE)' sh "$${seed:-$$(date +%s)}"
$(addprefix deep-certs-,$(DEEP_BUILDS)): deep-certs-%: $(DEEP_FILE)
	+@$(TALLY_RUN) must deep/$*/build $(MAKE) --no-print-directory -j$(JOBS) B=$(B)/deep/$* \
		$(call deep_flags,$*) $(B)/deep/$*/tests/certs
	@TALLY_LIMIT=14400 $(if $(findstring asan,$*),ASAN_OPTIONS=exitcode=99 \
		UBSAN_OPTIONS=exitcode=99:print_stacktrace=1) $(TALLY_RUN) tests deep/$* \
		$(B)/deep/$*/tests/certs $(DEEP_FILE) $(B)/deep/$*/verdicts

# About ten minutes, and more of them on a busy machine.
.PHONY: deep-race
deep-race: build
	@$(TALLY_RUN) start
	@$(CLI_ENV) BATS_TEST_TIMEOUT=3600 TALLY_LIMIT=7200 RACE_PROCESSES=50 RACE_PAYMENTS=100 RACE_SHARE=3 $(TALLY_RUN) tests \
		deep/race tests/sandbox/run bats --tap tests/cli/budget_race.bats
	@$(TALLY_RUN) end

# The packages, in a clean folder.
.PHONY: deep-deb
deep-deb: build
	@$(TALLY_RUN) start
	@$(TALLY_RUN) step deep/deb tests/support/deb-test $(B)
	@$(TALLY_RUN) end

.PHONY: run-valgrind
run-valgrind: $(UNIT)
	@$(TALLY_RUN) start
	@$(foreach t,$(call only,$(UNIT)),$(TALLY_RUN) tests 'valgrind/$(notdir $(t))' \
		valgrind -q --error-exitcode=99 --leak-check=full $(t);)
	@$(TALLY_RUN) end

# One parser under libFuzzer; what it finds on the way is kept in build/fuzz/corpus.
FUZZ_MAKE = $(MAKE) --no-print-directory B=$(B)/fuzz CC=clang SAN=fuzzer-no-link,address,undefined
FUZZ_CORPUS = $(B)/fuzz/corpus/$(FUZZ)
.PHONY: fuzz bench
fuzz:
	+@$(FUZZ_MAKE) -j$(JOBS) $(B)/fuzz/tests/fuzz_$(FUZZ)
	@mkdir -p $(FUZZ_CORPUS)
	$(Q)$(B)/fuzz/tests/fuzz_$(FUZZ) -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
		-dict=tests/fuzz/words.dict -rss_limit_mb=1024 -max_len=70000 -artifact_prefix=$(B)/fuzz/$(FUZZ)- \
		-print_final_stats=1 $(FUZZ_ARGS) $(FUZZ_CORPUS) tests/fuzz/corpus/$(FUZZ)

# The peers of the certificates' part come with the sandbox's packages; clang's build is for counting.
BENCH_CERTS := $(B)/bench/certificates.bin
$(BENCH_CERTS): tests/bench/bls_certs.mjs $(CERTS_MAKER)
	$(call say,GEN,$@)mkdir -p $(@D) && tests/sandbox/node tests/bench/bls_certs.mjs >$@
.PHONY: bench-bls bench-clang bench-holder bench-ledger bench-status bench-warm
# Older valgrinds cannot read what clang writes for debuggers.
bench-clang:
	+@! command -v clang >/dev/null || { $(CLANG_MAKE) $(B)/clang/bench/bls && \
		mkdir -p $(B)/bench && strip -g -o $(B)/bench/bls-clang $(B)/clang/bench/bls; }
bench: build $(KILLAT) $(BENCH) $(BENCH_CERTS) bench-clang
	@B=$(B) tests/bench/run
bench-status: build $(BENCH)
	@B=$(B) tests/bench/run status
bench-holder: build $(BENCH)
	@B=$(B) tests/bench/run holder
bench-warm: build $(BENCH)
	@B=$(B) tests/bench/run warm
bench-ledger: $(B)/bench/ledger
	@B=$(B) tests/bench/run ledger
bench-bls: $(B)/bench/bls $(BENCH_CERTS) bench-clang
	@B=$(B) tests/bench/run bls
$(B)/bench/%: $(B)/obj/tests/bench/%.o $(SUPPORT) $(LIBA)
	$(call say,LD,$@)mkdir -p $(@D) && $(CC) -pie -o $@ $(filter %.o,$^) $(SUPPORT) $(LIBA) \
		$(BASE_LDFLAGS) $(BENCH_LIBS) $(LIBS)
# What the empty program is linked to, it also loads.
$(B)/bench/empty: BENCH_LIBS := -Wl,--no-as-needed
$(B)/bench/curl_floor $(B)/bench/status_floor $(B)/bench/answers: BENCH_LIBS := -lcurl

# ---- install -----------------------------------------------------------------------------------

.PHONY: install uninstall
RELATIVE_LIBDIR = $$ORIGIN/$(shell realpath -m --relative-to='$(BINDIR)' '$(LIBDIR)')
man_dir = $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(1)))
BASH_COMPLETION := $(wildcard completions/*.bash)
ZSH_COMPLETION := $(wildcard completions/_fourmica completions/*.zsh)
FISH_COMPLETION := $(wildcard completions/*.fish)
# The program is linked once more, to find its library from where it will live.
install: build
	$(Q)$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(PKGCONFIGDIR)' \
		'$(DESTDIR)$(INCLUDEDIR)/fourmica'
	$(Q)$(call link_cli,$(CLI_MAIN_OBJ),'$(DESTDIR)$(BINDIR)/fourmica',$(RELATIVE_LIBDIR))
	$(Q)chmod 755 '$(DESTDIR)$(BINDIR)/fourmica'
	$(Q)$(INSTALL) -m 755 $(LIBSO) '$(DESTDIR)$(LIBDIR)/'
	$(Q)ln -sf $(SONAME) '$(DESTDIR)$(LIBDIR)/libfourmica.so'
	$(Q)$(INSTALL) -m 644 $(LIBA) '$(DESTDIR)$(LIBDIR)/'
	$(Q)$(INSTALL) -m 644 $(HEADERS) '$(DESTDIR)$(INCLUDEDIR)/fourmica/'
	$(Q)$(INSTALL) -m 644 $(B)/fourmica.pc '$(DESTDIR)$(PKGCONFIGDIR)/'
	$(Q)$(foreach m,$(MAN),$(INSTALL) -D -m 644 -t '$(call man_dir,$(m))' $(m);)
	$(Q)$(if $(BASH_COMPLETION),$(INSTALL) -D -m 644 $(BASH_COMPLETION) \
		'$(DESTDIR)$(BASHDIR)/fourmica')
	$(Q)$(if $(ZSH_COMPLETION),$(INSTALL) -D -m 644 $(ZSH_COMPLETION) \
		'$(DESTDIR)$(ZSHDIR)/_fourmica')
	$(Q)$(if $(FISH_COMPLETION),$(INSTALL) -D -m 644 $(FISH_COMPLETION) \
		'$(DESTDIR)$(FISHDIR)/fourmica.fish')

uninstall:
	$(Q)rm -f '$(DESTDIR)$(BINDIR)/fourmica' '$(DESTDIR)$(LIBDIR)/$(SONAME)' \
		'$(DESTDIR)$(LIBDIR)/libfourmica.so' '$(DESTDIR)$(LIBDIR)/libfourmica.a' \
		'$(DESTDIR)$(PKGCONFIGDIR)/fourmica.pc' '$(DESTDIR)$(BASHDIR)/fourmica' \
		'$(DESTDIR)$(ZSHDIR)/_fourmica' '$(DESTDIR)$(FISHDIR)/fourmica.fish' \
		$(foreach h,$(HEADERS),'$(DESTDIR)$(INCLUDEDIR)/fourmica/$(notdir $(h))') \
		$(foreach m,$(MAN),'$(call man_dir,$(m))/$(notdir $(m))')
	$(Q)rmdir '$(DESTDIR)$(INCLUDEDIR)/fourmica' 2>/dev/null || true

# ---- the rest ----------------------------------------------------------------------------------

.PHONY: deps demo dist deb clean
deps:
	@scripts/deps
demo:
	@scripts/demo
deb: build
	@B=$(B) scripts/deb
dist:
	@VERSION=$(VERSION) B=$(B) scripts/dist
clean:
	$(Q)rm -rf $(B)

.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
