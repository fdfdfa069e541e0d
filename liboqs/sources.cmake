# Gives PQSCAN_OQS_SOURCE, the folder of liboqs's C sources, out of a crate file whose SHA-256 is the one below.
#
# The file is named by PQSCAN_OQS_CRATE (a machine without a network), or it lies in cargo's cache, or `cargo vendor` fetches it
# there, from whatever index or mirror this machine's cargo is set up for. What is compiled is unpacked from the checked file.

set(_here "${CMAKE_CURRENT_LIST_DIR}")
set(_crate oqs-sys-0.11.0+liboqs-0.13.0)
set(_sha256 ac6d66ee528a895ce5cc08851698d109c5d7ee5d7a0b3b40d61550eda91e414f)
set(PQSCAN_OQS_CRATE "" CACHE FILEPATH "the crate file ${_crate}.crate, where cargo should not fetch it")

# Gives the crate file of cargo's cache in `found`; a file with another SHA-256 is passed over. Empty where there is none.
function(_pqscan_cached_crate found)
    if(DEFINED ENV{CARGO_HOME})
        set(home "$ENV{CARGO_HOME}")
    else()
        set(home "$ENV{HOME}/.cargo")
    endif()
    file(GLOB files "${home}/registry/cache/*/${_crate}.crate")
    foreach(file IN LISTS files)
        file(SHA256 "${file}" sha256)
        if(sha256 STREQUAL _sha256)
            set(${found} "${file}" PARENT_SCOPE)
            return()
        endif()
        message(STATUS "passed over, for its SHA-256 is not the expected one: ${file}")
    endforeach()
    set(${found} "" PARENT_SCOPE)
endfunction()

function(_pqscan_fetch_crate)
    find_program(PQSCAN_CARGO cargo)
    if(NOT PQSCAN_CARGO)
        message(FATAL_ERROR "cargo is missing, which fetches the sources of liboqs (Debian: apt-get install cargo)")
    endif()
    execute_process(COMMAND "${PQSCAN_CARGO}" --version OUTPUT_VARIABLE version RESULT_VARIABLE failed ERROR_QUIET)
    string(REGEX MATCH "[0-9]+[.][0-9]+[.][0-9]+" version "${version}")
    if(failed OR version STREQUAL "")
        message(FATAL_ERROR "cargo is here but does not run: ${PQSCAN_CARGO}")
    endif()
    # An index is asked for one crate only where cargo speaks the sparse protocol; older ones would clone the whole index.
    # Before 1.70 it is not their default, before 1.68 they have it behind a switch (Debian 12 has 1.65).
    set(sparse)
    set(ENV{CARGO_REGISTRIES_CRATES_IO_PROTOCOL} sparse)
    if(version VERSION_LESS 1.68)
        set(ENV{RUSTC_BOOTSTRAP} 1)
        set(sparse -Z sparse-registry)
    endif()
    # Cargo writes a lock file beside the manifest, so that it works on a copy.
    file(COPY "${_here}/vendor" DESTINATION "${CMAKE_CURRENT_BINARY_DIR}")
    execute_process(
        COMMAND "${PQSCAN_CARGO}" ${sparse} vendor --quiet
            --manifest-path "${CMAKE_CURRENT_BINARY_DIR}/vendor/Cargo.toml" "${CMAKE_CURRENT_BINARY_DIR}/vendored"
        OUTPUT_QUIET RESULT_VARIABLE failed)
    if(failed)
        message(FATAL_ERROR "cargo could not fetch the crate ${_crate} (see above)")
    endif()
endfunction()

if(PQSCAN_OQS_CRATE)
    set(_file "${PQSCAN_OQS_CRATE}")
    file(SHA256 "${_file}" _found)
    if(NOT _found STREQUAL _sha256)
        message(FATAL_ERROR "${_file} has the SHA-256 ${_found}, and not that of the crate ${_crate}, ${_sha256}")
    endif()
else()
    _pqscan_cached_crate(_file)
    if(NOT _file)
        _pqscan_fetch_crate()
        _pqscan_cached_crate(_file)
    endif()
    if(NOT _file)
        message(FATAL_ERROR "cargo fetched no file ${_crate}.crate with the SHA-256 ${_sha256}; name one with PQSCAN_OQS_CRATE")
    endif()
endif()
message(STATUS "the sources of liboqs: ${_file}, SHA-256 ${_sha256}")
file(ARCHIVE_EXTRACT INPUT "${_file}" DESTINATION "${CMAKE_CURRENT_BINARY_DIR}")
set(PQSCAN_OQS_SOURCE "${CMAKE_CURRENT_BINARY_DIR}/${_crate}/liboqs")
