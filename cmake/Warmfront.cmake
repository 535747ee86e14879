# Compiler settings, third-party libraries and the two functions that every folder uses.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_path(HIREDIS_INCLUDE hiredis/hiredis.h REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
find_path(XXHASH_INCLUDE xxhash.h REQUIRED)
find_path(ZSTD_INCLUDE zstd.h REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
find_path(SECCOMP_INCLUDE seccomp.h REQUIRED)
find_library(SECCOMP_LIBRARY seccomp REQUIRED)
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)

# What every target of ours is compiled with.
add_library(warmfront_settings INTERFACE)
target_include_directories(warmfront_settings INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(warmfront_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wswitch-enum -fstack-protector-strong)
if(WARMFRONT_WARNINGS_AS_ERRORS)
  target_compile_options(warmfront_settings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these from inside coroutine frames and the standard library at -O2 and with
  # sanitizers; the reports are false (GCC bugs 105329, 105593, 109224), and other compilers still
  # check.
  target_compile_options(warmfront_settings INTERFACE
    -Wno-maybe-uninitialized -Wno-null-dereference -Wno-restrict -Wno-stringop-overflow
    -Wno-array-bounds -Wno-stringop-overread -Wno-dangling-pointer -Wno-free-nonheap-object
    -Wno-mismatched-new-delete)
endif()
if(WARMFRONT_SANITIZE)
  target_compile_options(warmfront_settings INTERFACE
    -fsanitize=${WARMFRONT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(warmfront_settings INTERFACE -fsanitize=${WARMFRONT_SANITIZE})
  if(WARMFRONT_SANITIZE MATCHES "undefined")
    # These four instrument every access, which doubles the time to compile coroutines; a null or
    # wild pointer is told by AddressSanitizer as well.
    target_compile_options(warmfront_settings INTERFACE
      -fno-sanitize=null,alignment,object-size,vptr)
  endif()
  if(WARMFRONT_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's fences are hints beside its mutexes, which the sanitizer does see.
    target_compile_options(warmfront_settings INTERFACE -Wno-tsan)
  endif()
endif()

if(WARMFRONT_COVERAGE)
  target_compile_options(warmfront_settings INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(warmfront_settings INTERFACE --coverage)
endif()

if(WARMFRONT_FUZZ)
  # Every library reports which branches an input takes; the targets bring the loop (tests/fuzz).
  target_compile_options(warmfront_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Asio and Beast as compiled libraries: their sources are built once (see proxy/net, proxy/message).
add_library(warmfront_boost INTERFACE)
target_include_directories(warmfront_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
add_library(warmfront_asio_settings INTERFACE)
target_compile_definitions(warmfront_asio_settings INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8
  BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(warmfront_asio_settings INTERFACE warmfront_boost Threads::Threads)

# warmfront_library(<layer> SOURCES <files…> DEPS <targets…>): one static library per folder.
function(warmfront_library layer)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(wf_${layer} STATIC ${ARG_SOURCES})
  target_link_libraries(wf_${layer} PUBLIC warmfront_settings warmfront_boost ${ARG_DEPS}
                        PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

# Builds only the tests with that label: what tests/run.sh runs under TSan, and optimised.
add_custom_target(tsan_tests)
add_custom_target(fleet_tests)

# warmfront_test(<name> SOURCES <files…> DEPS <targets…> [LABELS <labels…>] [TIMEOUT <s>])
function(warmfront_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE catch_main warmfront_settings ${ARG_DEPS})
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
  if("fleet" IN_LIST ARG_LABELS AND WARMFRONT_SANITIZE)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)  # their promises are about time
  endif()
  foreach(label IN ITEMS tsan fleet)
    if(label IN_LIST ARG_LABELS)
      add_dependencies(${label}_tests ${name})
    endif()
  endforeach()
endfunction()
