# cmake -C tools/cmake/asan.cmake -G Ninja -S . -B build-asan
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(NIGHTSHIFT_FAULTS ON CACHE BOOL "")
set(NIGHTSHIFT_SANITIZE "address,undefined" CACHE STRING "")
