# cmake -C tools/cmake/release.cmake -G Ninja -S . -B build-release
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
