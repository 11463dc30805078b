/*
 * C library: streams and formatted output
 *
 * 'stdout' and 'stderr' become lines of the component's LOG session, 'stdin' is at
 * its end. 'fopen' reads ROM modules, named by the last element of the path.
 * Nothing can be written to files; memory streams can be written to. There is no formatted input.
 */

#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct __libc_stream FILE;

typedef long fpos_t;

#define EOF          (-1)
#define BUFSIZ       512
#define FOPEN_MAX    64
#define FILENAME_MAX 160
#define L_tmpnam     1
#define TMP_MAX      0

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

extern FILE *stdin, *stdout, *stderr;

#define stdin  stdin
#define stdout stdout
#define stderr stderr

/* modes other than reading fail with EROFS */
FILE *fopen(char const *path, char const *mode);
FILE *freopen(char const *path, char const *mode, FILE *);

/* a null pointer as buffer means memory of the stream's own */
FILE *fmemopen(void *buffer, size_t, char const *mode);

int    fclose(FILE *);
int    fflush(FILE *);
size_t fread(void *, size_t size, size_t number, FILE *);
size_t fwrite(void const *, size_t size, size_t number, FILE *);
int    fgetc(FILE *);
int    getc(FILE *);
int    getchar(void);
int    ungetc(int, FILE *);
char  *fgets(char *, int, FILE *);
int    fputc(int, FILE *);
int    putc(int, FILE *);
int    putchar(int);
int    fputs(char const *, FILE *);
int    puts(char const *);
int    fseek(FILE *, long, int whence);
long   ftell(FILE *);
void   rewind(FILE *);
int    fgetpos(FILE *, fpos_t *);
int    fsetpos(FILE *, fpos_t const *);
int    feof(FILE *);
int    ferror(FILE *);
void   clearerr(FILE *);

/* output goes out at the end of each line, whatever is said here */
int  setvbuf(FILE *, char *, int mode, size_t);
void setbuf(FILE *, char *);

/* fail with EROFS, there are no files to change */
int   remove(char const *path);
int   rename(char const *from, char const *to);
FILE *tmpfile(void);
char *tmpnam(char *);

void perror(char const *prefix);

#define __PRINTF_LIKE(text, first) __attribute__((__format__(__printf__, text, first)))

int printf(char const *, ...) __PRINTF_LIKE(1, 2);
int fprintf(FILE *, char const *, ...) __PRINTF_LIKE(2, 3);
int sprintf(char *, char const *, ...) __PRINTF_LIKE(2, 3);
int snprintf(char *, size_t, char const *, ...) __PRINTF_LIKE(3, 4);
int vprintf(char const *, va_list) __PRINTF_LIKE(1, 0);
int vfprintf(FILE *, char const *, va_list) __PRINTF_LIKE(2, 0);
int vsprintf(char *, char const *, va_list) __PRINTF_LIKE(2, 0);
int vsnprintf(char *, size_t, char const *, va_list) __PRINTF_LIKE(3, 0);

#ifdef __cplusplus
}
#endif
