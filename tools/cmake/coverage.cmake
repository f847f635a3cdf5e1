# cmake -C tools/cmake/coverage.cmake -G Ninja -S . -B build-coverage
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(NIGHTSHIFT_FAULTS ON CACHE BOOL "")
set(CMAKE_C_FLAGS "--coverage -fprofile-update=atomic" CACHE STRING "")
