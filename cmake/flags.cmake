# Compiler and linker flags, for everything that is built here.
# CMake's own flags of this build type but for -DNDEBUG: assertions stay in what is shipped.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(
  -Wall -Wextra -Wformat=2 -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough -Wshadow
  -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wundef -Wvla
  -Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types
  -Werror=int-conversion)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wtrampolines -Wbidi-chars=any -Wlogical-op -Wduplicated-cond)
endif()
if(NUMBERD_WERROR)
  add_compile_options(-Werror)
endif()

if(NUMBERD_SANITIZE OR NUMBERD_FUZZ)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

if(NUMBERD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(NUMBERD_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

# The OpenSSF "Compiler Options Hardening Guide for C and C++", as far as gcc 12 and clang 14 know
# the flags: -fstrict-flex-arrays=3 came with gcc 13 and clang 16. Its -z nodlopen is for shared
# objects, and its -fexceptions for programs with threads. tests/lint/hardened checks the result.
if(NUMBERD_HARDEN)
  add_compile_options(
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-clash-protection -fstack-protector-strong
    -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
    -ftrivial-auto-var-init=zero)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
    add_compile_options(-fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    add_compile_options(-mbranch-protection=standard)
  endif()
  if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    # clang 14 asks for this second flag before it takes "zero".
    add_compile_options(-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)
  endif()
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
                   -Wl,--no-copy-dt-needed-entries)
endif()
