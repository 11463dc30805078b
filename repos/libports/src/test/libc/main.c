/*
 * Test of the C library: what depends on the component around it
 *
 * Functions that only compute are compared with those of other systems on the host.
 */

#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>

static jmp_buf place;


static char const *error_of(int failed)
{
    return failed ? strerror(errno) : "success";
}


static void test_heap(void)
{
    /* blocks of all sizes, each filled with its number */
    enum { NUM = 200 };
    unsigned char *blocks[NUM];
    size_t         sizes[NUM];

    srand(1);
    for (int i = 0; i < NUM; i++) {
        sizes[i]  = (size_t)(rand() % (i % 10 ? 300 : 20000));
        blocks[i] = malloc(sizes[i]);
        memset(blocks[i], i, sizes[i]);
    }

    int errors = 0;
    for (int i = 0; i < NUM; i++) {

        size_t const size = (size_t)(rand() % (i % 7 ? 500 : 30000));
        blocks[i] = realloc(blocks[i], size);

        for (size_t k = 0; k < size && k < sizes[i]; k++)
            errors += blocks[i][k] != (unsigned char)i;
        errors += (uintptr_t)blocks[i] % 16 != 0;

        memset(blocks[i], i, size);
        sizes[i] = size;
    }
    for (int i = 0; i < NUM; i++) {
        for (size_t k = 0; k < sizes[i]; k++)
            errors += blocks[i][k] != (unsigned char)i;
        free(blocks[i]);
    }
    printf("heap: %d errors\n", errors);

    void *const aligned = aligned_alloc(4096, 100);
    printf("aligned: %lu\n", (unsigned long)((uintptr_t)aligned % 4096));
    free(aligned);

    /* the end of the quota is an error, not the end of the program */
    errno = 0;
    printf("too much: %s, ", error_of(!malloc(1UL << 40)));
    printf("%s, ", error_of(!calloc(1UL << 33, 1UL << 33)));

    size_t total = 0;
    void  *last  = NULL;
    for (void *block; (block = malloc(1 << 18)); last = block) {
        *(void **)block = last;
        total += 1 << 18;
    }
    printf("%s after %s 1 MiB\n", error_of(1), total >= 1 << 20 ? "at least" : "less than");

    while (last) {
        void *const next = *(void **)last;
        free(last);
        last = next;
    }
    void *const again = malloc(total/2);
    printf("and back: %s\n", error_of(!again));
    free(again);
}


static void test_streams(void)
{
    char buf[64];

    FILE *rom = fopen("/some/where/text", "r");
    fseek(rom, -6, SEEK_END);
    printf("end of the file: %s", fgets(buf, sizeof(buf), rom));
    int got = getc(rom);
    printf("behind it: %d, eof %d, error %d\n", got, feof(rom), ferror(rom));
    rewind(rom);
    ungetc('>', rom);
    printf("first line: %s", fgets(buf, sizeof(buf), rom));
    printf("position: %ld\n", ftell(rom));
    got = fputc('x', rom);
    printf("writing: %d, error %d, %s\n", got, ferror(rom), strerror(errno));
    fclose(rom);

    printf("no such file: %s\n", error_of(!fopen("nothing", "r")));
    printf("new file: %s\n", error_of(!fopen("new", "w")));
    printf("standard input: %d\n", getchar());

    char  memory[16];
    FILE *stream = fmemopen(memory, sizeof(memory), "w+");
    fprintf(stream, "%d-%s", 42, "abc");
    rewind(stream);
    size_t const len = fread(buf, 1, sizeof(buf), stream);
    printf("memory: %zu bytes, %.*s\n", len, (int)len, buf);
    printf("too much for it: %d\n", fprintf(stream, "%40d", 1));
    fclose(stream);

    fputs("a line ", stdout);
    fflush(stdout);
    fputs("in two parts\n", stdout);

    errno = ERANGE;
    perror("perror");
}


static int volatile handled;

static void handler(int number) { handled = number; }


static void test_signals(void)
{
    signal(SIGTERM, handler);
    raise(SIGTERM);
    signal(SIGINT, SIG_IGN);
    int const ignored = raise(SIGINT);
    printf("signals: %d, %d, handler %s\n", handled, ignored,
           signal(SIGTERM, SIG_DFL) == SIG_DFL ? "was reset" : "is still there");
}


static void test_time(void)
{
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    do clock_gettime(CLOCK_MONOTONIC, &b); while (a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec);

    long const elapsed = (b.tv_sec - a.tv_sec)*1000000000 + b.tv_nsec - a.tv_nsec;
    printf("time goes on: %s\n", elapsed > 0 ? "yes" : "no");

    struct timeval tv;
    errno = 0;
    long const calendar = time(NULL);
    printf("calendar: %ld, %s\n", calendar, strerror(errno));
    printf("processor time: %ld, time of day: %d\n", (long)clock(), gettimeofday(&tv, NULL));
}


static void test_random(void)
{
    unsigned char bytes[32] = { 0 };
    errno = 0;

    ssize_t const got = getrandom(bytes, sizeof(bytes), 0);
    int zeros = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        zeros += !bytes[i];

    /* some processors have random numbers */
    int const plausible = got < 0 ? errno == ENOSYS && zeros == 32 : got == 32 && zeros < 16;
    printf("random numbers, or an honest error: %s\n", plausible ? "yes" : "no");
}


static void jump(int value) { longjmp(place, value); }


static void no_newline(void) { printf("no newline at the end "); }
static void first(void) { printf("first one last"); }
static void second(void) { printf("last one first, "); }


int main(int argc, char **argv)
{
    printf("%d arguments, %s, %s\n", argc, argv[1], argv[2] ? argv[2] : "no more");
    printf("HOME is %s, nothing is %s\n", getenv("HOME"), getenv("NOTHING") ? "there" : "not there");

    test_heap();
    test_streams();
    test_signals();
    test_time();
    test_random();

    int const value = setjmp(place);
    if (!value)
        jump(7);
    printf("jump: %d\n", value);

    printf("commands: %d, %d\n", system(NULL), system("ls"));

    atexit(first);
    atexit(second);

    if (!strcmp(argv[1], "exit")) {
        atexit(no_newline);
        return 5;
    }

    fprintf(stderr, "an unfinished line");
    assert(!strcmp(argv[1], "exit"));
    return 0;
}
