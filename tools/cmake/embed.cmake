# Files as C arrays: embedded_find("0001_start.sql") gives the bytes.
set(EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_one.cmake)
function(embed_files target out)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${ARGN}" -P ${EMBED_SCRIPT}
        DEPENDS ${ARGN} ${EMBED_SCRIPT} VERBATIM)
    add_library(${target} STATIC ${out})
    target_link_libraries(${target} PUBLIC house)
endfunction()
