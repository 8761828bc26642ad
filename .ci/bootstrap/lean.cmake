# Read by CMake after every project() of llama-cpp-python; see docs/decisions/llama-wheel.md.
# llama-cpp-python forces its helpers' library on and then never loads it: nearly half of all that would be compiled.
set(LLAMA_BUILD_COMMON OFF)
# A wheel cannot hold symbolic links, so each versioned name of a library would be another copy of it.
set(CMAKE_PLATFORM_NO_VERSIONED_SONAME ON)
# Without Intel's AMX, at which llama.cpp crashes on the servers that have it (ggml-org/llama.cpp#20824). A compiler that
# knows nothing of AMX knows nothing of these options either.
if(CMAKE_CXX_COMPILER_LOADED AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-mamx-int8 VOICED_KNOWS_AMX)
  if(VOICED_KNOWS_AMX)
    add_compile_options(-mno-amx-tile -mno-amx-int8 -mno-amx-bf16)
  endif()
endif()
