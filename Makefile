# taskrun: what people type. `make help` lists it.

PREFIX  = /usr/local
DESTDIR =
SWIFT   = swift

BINARY  = .build/release/taskrun
# The program finds all that it links in the system's folders and looks nowhere else.
RELEASE = -c release --static-swift-stdlib --disable-local-rpath $(STARTUP)
# What a start would spend in the dynamic loader: 30,000 addresses to adjust and 90 pages to copy for it in a
# program without a fixed address, and libstdc++, which Swift's runtime uses a little of. (The heap, the stack and
# the libraries keep their random addresses; `make build STARTUP=` leaves all of it out.)
ifeq ($(shell uname -s),Linux)
STATIC  = .build/static-libraries
STARTUP = -Xswiftc -L$(CURDIR)/$(STATIC) -Xswiftc -Xclang-linker -Xswiftc -no-pie \
          -Xswiftc -Xclang-linker -Xswiftc -static-libgcc
endif
# Every debug build uses these, so that the checks of CI and the tests share one build. `make test CHECKS=`
# builds with a compiler whose new warnings we do not know yet.
CHECKS  = -Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error

# The jobserver and the flags of this make are not for the tests and tasks that it starts: a task may be a make.
unexport MAKEFLAGS MFLAGS MAKEOVERRIDES GNUMAKEFLAGS

# `make -j demo` must not build before the dependencies are there.
.NOTPARALLEL:
.PHONY: help demo test build build-tests static-libraries install lint dependencies clean

help:
	@echo 'make demo       install what is missing, build, and run the examples'
	@echo 'make test       install what is missing, build, and run all tests'
	@echo 'make build      build $(BINARY)'
	@echo 'make install    build, and install to PREFIX/bin (PREFIX=$(PREFIX), DESTDIR=$(DESTDIR))'
	@echo 'make lint       check format, plugin list, file lengths and unfinished marks'
	@echo 'make clean      remove all that was built'

demo: dependencies build
	$(SWIFT) build $(RELEASE) --product example-server
	scripts/demo

test: build-tests
	$(SWIFT) test --skip-build --parallel $(CHECKS)

build: static-libraries
	$(SWIFT) build $(RELEASE) --product taskrun

# A folder where the linker finds the static form first, and no other. Without a static libstdc++ it takes the shared.
static-libraries:
ifdef STATIC
	@mkdir -p $(STATIC)
	@file=$$(clang -print-file-name=libstdc++.a) && test -f "$$file" && ln -sf "$$file" $(STATIC)/ || true
endif

build-tests: dependencies
	$(SWIFT) build --build-tests $(CHECKS)

install: build
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(BINARY) '$(DESTDIR)$(PREFIX)/bin/taskrun'

lint:
	git ls-files -z '*.swift' | xargs -0 $(SWIFT) format lint --strict --parallel
	scripts/check-plugins
	scripts/check-sources

dependencies:
	@scripts/install-dependencies

clean:
	rm -rf .build
