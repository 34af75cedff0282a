# What every translation unit of ours is compiled with. Third-party headers are system headers, so
# the warnings speak of our code alone.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

set(SALLYPORT_SANITIZE "" CACHE STRING "address,undefined | thread | empty")
option(SALLYPORT_HARDEN "Flags of a shipped binary" OFF)
option(SALLYPORT_COVERAGE "Instrument for gcov" OFF)

add_library(sallyport_flags INTERFACE)
target_compile_options(sallyport_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Wimplicit-fallthrough -Wformat=2 -Werror=format-security
  # g++ 12 warns of designated initializers that leave members to their defaults on purpose.
  -Wno-missing-field-initializers)
target_compile_definitions(sallyport_flags INTERFACE SALLYPORT_VERSION="${PROJECT_VERSION}")

# bfd needs seconds for what these link in a tenth of one.
if(NOT SALLYPORT_HARDEN)
  foreach(linker mold lld)
    find_program(FOUND_${linker} NAMES ld.${linker} ${linker})
    if(FOUND_${linker})
      add_link_options(-fuse-ld=${linker})
      break()
    endif()
  endforeach()
endif()

if(SALLYPORT_SANITIZE)
  # For every target, tests included: half-instrumented programs report what is not there.
  add_compile_options(-fsanitize=${SALLYPORT_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SALLYPORT_SANITIZE})
  if(SALLYPORT_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio 1.26 uses atomic_thread_fence, which g++ says TSan does not follow.
    add_compile_options(-Wno-tsan)
  endif()
endif()

if(SALLYPORT_FUZZ)
  # The libraries too: a fuzzer steers by the code that it sees.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

if(SALLYPORT_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

if(SALLYPORT_HARDEN)
  add_compile_options(
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong
    -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero
    -fno-delete-null-pointer-checks -fno-strict-overflow -fPIE)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT has_ipo OUTPUT ignored LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${has_ipo})
endif()
