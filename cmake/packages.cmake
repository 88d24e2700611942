# The libraries each layer links, all from Debian packages. Boost, toml++ and CLI11 are headers only
# and need no line. A layer also gets what the layers above it in src/LAYERS link.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_library(KOINE_LZ4 lz4 REQUIRED)
find_library(KOINE_ZSTD zstd REQUIRED)
find_library(KOINE_SNAPPY snappy REQUIRED)
find_library(KOINE_NGHTTP2 nghttp2 REQUIRED)
find_package(simdjson REQUIRED)
if(NOT KOINE_FUZZ)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()

# Asio without its deprecated names and without the exceptions-only overloads' warnings.
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)

set(koine_base_packages fmt::fmt Threads::Threads)
set(koine_io_packages OpenSSL::SSL OpenSSL::Crypto)
set(koine_core_packages OpenSSL::Crypto ZLIB::ZLIB ${KOINE_LZ4} ${KOINE_ZSTD} ${KOINE_SNAPPY})
set(koine_protocols_http_packages ${KOINE_NGHTTP2} simdjson::simdjson)
