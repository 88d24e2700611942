# What every file is compiled and linked with. The presets choose among the options below.

option(KOINE_FUZZ "build the fuzzers with libFuzzer, and nothing else" OFF)
option(KOINE_ASSERTIONS "turn on the assertions of the C++ library" OFF)
set(KOINE_SANITIZERS "" CACHE STRING "sanitizers, as in -fsanitize=: address,undefined or thread")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Koine is built with clang 19, not ${CMAKE_CXX_COMPILER_ID} "
                      "${CMAKE_CXX_COMPILER_VERSION}; use a preset: cmake --preset dev")
endif()

add_compile_options(
  -Wall -Wextra -Wpedantic -Werror
  -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-designated-field-initializers -Wold-style-cast -Wcast-align -Wnon-virtual-dtor
  -Woverloaded-virtual -Wextra-semi -Wimplicit-fallthrough -Wunreachable-code -Wunused
  -Wnull-dereference -Wformat=2 -Wnewline-eof -Wcomma -Wsuggest-override
  -Wzero-as-null-pointer-constant -Wdeprecated
  # A member that an initializer leaves out has the default that its struct gives it.
  -Wno-missing-designated-field-initializers
  -fno-omit-frame-pointer
  # So that the compiler cache is shared by all checkouts, and logs name files as the sources do.
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_compile_definitions(KOINE_VERSION="${PROJECT_VERSION}")

if(KOINE_ASSERTIONS)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
else()
  add_compile_definitions(NDEBUG)
endif()

if(KOINE_SANITIZERS)
  add_compile_options(-fsanitize=${KOINE_SANITIZERS} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KOINE_SANITIZERS})
endif()
if(KOINE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Link time optimization is clang's own, which mold needs a plug-in for and lld does not.
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  add_link_options(-fuse-ld=lld-19 -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/thinlto)
else()
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,--as-needed)
