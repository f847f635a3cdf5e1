# cmake -C tools/cmake/debug.cmake -G Ninja -S . -B build-debug
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(NIGHTSHIFT_FAULTS ON CACHE BOOL "")
