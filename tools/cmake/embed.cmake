# Files as C arrays in a library TARGET: its table is a row for each file, by name, sorted (base/embedded.h).
set(EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_one.cmake)
function(embed_files target table out)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DTABLE=${table} "-DFILES=${ARGN}" -P ${EMBED_SCRIPT}
        DEPENDS ${ARGN} ${EMBED_SCRIPT} VERBATIM)
    add_library(${target} STATIC ${out})
    target_link_libraries(${target} PUBLIC house)
endfunction()
