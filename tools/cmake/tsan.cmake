# cmake -C tools/cmake/tsan.cmake -G Ninja -S . -B build-tsan
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(NIGHTSHIFT_FAULTS ON CACHE BOOL "")
set(NIGHTSHIFT_SANITIZE "thread" CACHE STRING "")
