# Read by CMake after every project() of llama-cpp-python; see docs/decisions/llama-wheel.md.
# llama-cpp-python forces its helpers' library on and then never loads it: nearly half of all that would be compiled.
set(LLAMA_BUILD_COMMON OFF)
# A wheel cannot hold symbolic links, so each versioned name of a library would be another copy of it.
set(CMAKE_PLATFORM_NO_VERSIONED_SONAME ON)
