# taskrun: what people type. `make help` lists it.

PREFIX  = /usr/local
DESTDIR =
SWIFT   = swift

BINARY  = .build/release/taskrun
# The program finds all that it links in the system's folders and looks nowhere else.
RELEASE = -c release --static-swift-stdlib --disable-local-rpath $(STARTUP)
# What a start would spend before and between our own code:
# - The dynamic loader adjusts 30,000 addresses and copies 90 pages for it in a program without a fixed address (the
#   heap, the stack and the libraries keep their random addresses). It opens libstdc++, which Swift's runtime uses a
#   little of, and libyaml.
# - Swift's runtime looks for its own path among all that the program exports; nothing is to be loaded that needs it.
# - The first use of each generic type by its mangled name, which is shorter code, searches all conformances there are.
# - The kernel keeps a file that was written page by page in such pages, and maps them one by one.
# `make build STARTUP=` leaves all of it out.
ifeq ($(shell uname -s),Linux)
STATIC  = .build/static-libraries
STARTUP = -Xswiftc -L$(CURDIR)/$(STATIC) --pkg-config-path $(CURDIR)/$(STATIC) \
          -Xswiftc -Xclang-linker -Xswiftc -no-pie -Xswiftc -Xclang-linker -Xswiftc -static-libgcc \
          -Xlinker --no-export-dynamic -Xlinker --no-mmap-output-file \
          -Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors
endif
# Every debug build uses these, so that the checks of CI and the tests share one build. `make test CHECKS=`
# builds with a compiler whose new warnings we do not know yet.
CHECKS  = -Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error

# The jobserver and the flags of this make are not for the tests and tasks that it starts: a task may be a make.
unexport MAKEFLAGS MFLAGS MAKEOVERRIDES GNUMAKEFLAGS

# `make -j demo` must not build before the dependencies are there.
.NOTPARALLEL:
.PHONY: help demo test build build-tests sanitize static-libraries install lint dependencies clean

help:
	@echo 'make demo       install what is missing, build, and run the examples'
	@echo 'make test       install what is missing, build, and run all tests'
	@echo 'make build      build $(BINARY)'
	@echo 'make install    build, and install to PREFIX/bin (PREFIX=$(PREFIX), DESTDIR=$(DESTDIR))'
	@echo 'make sanitize   run the tests of ConcurrentFutures with the thread sanitizer'
	@echo 'make lint       check format, plugin list, file lengths and unfinished marks'
	@echo 'make clean      remove all that was built'

demo: dependencies build
	$(SWIFT) build $(RELEASE) --product example-server
	scripts/demo

test: build-tests
	$(SWIFT) test --skip-build --parallel $(CHECKS)

# Runs the futures' tests with the thread sanitizer, in a build folder of their own.
sanitize: dependencies
	$(SWIFT) test --sanitize=thread --scratch-path .build-tsan -Xswiftc -DTHREAD_SANITIZER --filter ConcurrentFutures

build: static-libraries
	$(SWIFT) build $(RELEASE) --product taskrun

# A folder where the linker finds the static form first, and no other. What there is no static form of stays shared.
static-libraries:
ifdef STATIC
	@mkdir -p $(STATIC)
	@file=$$(clang -print-file-name=libstdc++.a) && test -f "$$file" && ln -sf "$$file" $(STATIC)/ || true
	@folder=$$(pkg-config --variable=libdir yaml-0.1 2>/dev/null) && test -f "$$folder/libyaml.a" && \
	  ln -sf "$$folder/libyaml.a" $(STATIC)/ && sed 's|^libdir=.*|libdir=$(CURDIR)/$(STATIC)|' \
	  "$$(pkg-config --variable=pcfiledir yaml-0.1)/yaml-0.1.pc" >$(STATIC)/yaml-0.1.pc || true
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
