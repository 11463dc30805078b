/*
 * Streams: the functions of 'stdio.h'
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "format.h"
#include "stream.h"

namespace {

    bool standard(FILE *f) { return f == stdin || f == stdout || f == stderr; }

    FILE *new_stream()
    {
        return static_cast<FILE *>(calloc(1, sizeof(FILE)));
    }

    /* the first letter, and whether there is a '+' among the rest */
    struct Mode
    {
        char kind;
        bool update, valid;

        Mode(char const *text)
        :
            kind(*text), update(strchr(text, '+')),
            valid(kind == 'r' || kind == 'w' || kind == 'a')
        { }

        bool read_only() const { return kind == 'r' && !update; }
    };

    bool check_for_rom(Mode mode)
    {
        if (mode.valid && mode.read_only())
            return true;

        errno = mode.valid ? EROFS : EINVAL;
        return false;
    }

    struct Stream_sink : Libc::Sink
    {
        FILE &file;
        bool  complete = true;

        Stream_sink(FILE &file) : file(file) { }

        void write(char const *text, size_t len) override
        {
            if (complete && file.write(text, len) != len)
                complete = false;
        }
    };

    int read_only_file_system()
    {
        errno = EROFS;
        return -1;
    }
}


FILE *fopen(char const *path, char const *mode)
{
    if (!check_for_rom(mode))
        return nullptr;

    FILE *const f = new_stream();
    if (!f)
        return nullptr;

    if (f->open_rom(path))
        return f;

    free(f);
    return nullptr;
}


FILE *freopen(char const *path, char const *mode, FILE *f)
{
    /* a new mode for the same file: none of them can be changed */
    if (!path) {
        errno = ENOTSUP;
        return nullptr;
    }

    char *const line = f->line;
    f->close();
    *f = { .kind = FILE::Kind::CLOSED, .line = line };

    if (check_for_rom(mode) && f->open_rom(path))
        return f;

    if (!standard(f))
        free(f);

    return nullptr;
}


FILE *fmemopen(void *buffer, size_t size, char const *mode_text)
{
    Mode const mode(mode_text);

    if (!mode.valid || !size) {
        errno = EINVAL;
        return nullptr;
    }

    FILE *const f = new_stream();
    if (!f)
        return nullptr;

    f->kind      = FILE::Kind::MEMORY;
    f->readable  = mode.kind == 'r' || mode.update;
    f->writeable = mode.kind != 'r' || mode.update;
    f->append    = mode.kind == 'a';
    f->owns_data = !buffer;
    f->capacity  = size;
    f->data      = static_cast<char *>(buffer ? buffer : calloc(1, size));

    if (!f->data) {
        free(f);
        return nullptr;
    }

    switch (mode.kind) {
    case 'r': f->size = size;                               break;
    case 'w': f->data[0] = 0;                               break;
    case 'a': f->size = f->position = strnlen(f->data, size); break;
    }
    return f;
}


int fclose(FILE *f)
{
    f->close();

    if (!standard(f))
        free(f);

    return 0;
}


int fflush(FILE *) { return 0; }


size_t fread(void *to, size_t size, size_t number, FILE *f)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(size, number, &bytes)) {
        errno = EOVERFLOW;
        f->failed = true;
        return 0;
    }
    return bytes ? f->read(static_cast<char *>(to), bytes)/size : 0;
}


size_t fwrite(void const *from, size_t size, size_t number, FILE *f)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(size, number, &bytes)) {
        errno = EOVERFLOW;
        f->failed = true;
        return 0;
    }
    return bytes ? f->write(static_cast<char const *>(from), bytes)/size : 0;
}


int fgetc(FILE *f)
{
    char c;
    return f->read(&c, 1) ? (unsigned char)c : EOF;
}


int getc(FILE *f) { return fgetc(f); }
int getchar()     { return fgetc(stdin); }


int ungetc(int c, FILE *f)
{
    if (c == EOF || !f->readable || f->num_returned == sizeof(f->returned))
        return EOF;

    f->returned[f->num_returned++] = (unsigned char)c;
    f->at_end = false;
    return (unsigned char)c;
}


char *fgets(char *to, int size, FILE *f)
{
    int n = 0;

    for (int c; n + 1 < size && (c = fgetc(f)) != EOF; ) {
        to[n++] = char(c);
        if (c == '\n')
            break;
    }

    if (size < 1 || (!n && size > 1))
        return nullptr;

    to[n] = 0;
    return to;
}


int fputc(int c, FILE *f)
{
    char const byte = char(c);
    return f->write(&byte, 1) ? (unsigned char)byte : EOF;
}


int putc(int c, FILE *f) { return fputc(c, f); }
int putchar(int c)       { return fputc(c, stdout); }


int fputs(char const *text, FILE *f)
{
    size_t const len = strlen(text);
    return f->write(text, len) == len ? 0 : EOF;
}


int puts(char const *text)
{
    return fputs(text, stdout) == EOF || putchar('\n') == EOF ? EOF : 0;
}


int fseek(FILE *f, long offset, int whence)
{
    if (f->kind != FILE::Kind::ROM && f->kind != FILE::Kind::MEMORY) {
        errno = ESPIPE;
        return -1;
    }

    long const start = whence == SEEK_SET ? 0
                     : whence == SEEK_CUR ? ftell(f)
                     : whence == SEEK_END ? long(f->size) : -1;
    long target = 0;

    if (start < 0 || __builtin_add_overflow(start, offset, &target) || target < 0
     || (f->kind == FILE::Kind::MEMORY && size_t(target) > f->capacity)) {
        errno = EINVAL;
        return -1;
    }

    f->position     = size_t(target);
    f->num_returned = 0;
    f->at_end       = false;
    return 0;
}


long ftell(FILE *f)
{
    if (f->kind != FILE::Kind::ROM && f->kind != FILE::Kind::MEMORY) {
        errno = ESPIPE;
        return -1;
    }
    return long(f->position) - long(f->num_returned);
}


void rewind(FILE *f)
{
    (void)fseek(f, 0, SEEK_SET);
    f->failed = false;
}


int fgetpos(FILE *f, fpos_t *position)
{
    *position = ftell(f);
    return *position < 0 ? -1 : 0;
}


int fsetpos(FILE *f, fpos_t const *position) { return fseek(f, *position, SEEK_SET); }

int  feof    (FILE *f) { return f->at_end; }
int  ferror  (FILE *f) { return f->failed; }
void clearerr(FILE *f) { f->at_end = f->failed = false; }

int  setvbuf(FILE *, char *, int mode, size_t) { return mode == _IOFBF || mode == _IOLBF || mode == _IONBF ? 0 : -1; }
void setbuf (FILE *, char *) { }

int remove(char const *)               { return read_only_file_system(); }
int rename(char const *, char const *) { return read_only_file_system(); }


FILE *tmpfile()
{
    errno = EROFS;
    return nullptr;
}


char *tmpnam(char *) { return nullptr; }


int vfprintf(FILE *f, char const *format, va_list args)
{
    Stream_sink sink(*f);
    int const result = Libc::format(sink, format, args);
    return sink.complete ? result : -1;
}


int vprintf(char const *format, va_list args) { return vfprintf(stdout, format, args); }


int fprintf(FILE *f, char const *format, ...)
{
    va_list args;
    va_start(args, format);
    int const result = vfprintf(f, format, args);
    va_end(args);
    return result;
}


int printf(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    int const result = vfprintf(stdout, format, args);
    va_end(args);
    return result;
}
