# cmake -C tools/cmake/clang.cmake -G Ninja -S . -B build-clang
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(NIGHTSHIFT_FAULTS ON CACHE BOOL "")
