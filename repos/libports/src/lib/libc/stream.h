/*
 * Streams
 */

#pragma once

#include <base/platform.h>
#include <base/parent.h>
#include <stdio.h>


struct __libc_stream
{
    enum class Kind { CLOSED, LOG, ROM, MEMORY };

    static constexpr size_t LINE = 512;  /* as much as a line of the LOG holds */

    Kind kind = Kind::CLOSED;

    bool readable = false, writeable = false, append = false;
    bool at_end   = false, failed    = false;

    /* content of ROM modules and memory streams */
    char  *data      = nullptr;
    size_t size      = 0, capacity = 0, position = 0;
    bool   owns_data = false;

    /* bytes given back by 'ungetc', first one first */
    unsigned char returned[8] { };
    unsigned      num_returned = 0;

    /* of a ROM module */
    Genode::Session session   { };
    Genode::Cap     dataspace { };

    /* of the LOG: the unfinished line */
    char  *line     = nullptr;
    size_t line_len = 0;

    size_t read(char *, size_t);
    size_t write(char const *, size_t);
    void   flush();
    void   close();

    bool open_rom(char const *path);
};
