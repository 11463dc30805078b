/*
 * Test of zlib: the ROM module 'text', and the same compressed elsewhere
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct content { unsigned char *data; size_t size; };


static struct content content_of(char const *name)
{
    struct content content = { NULL, 0 };

    FILE *file = fopen(name, "r");
    if (!file) {
        perror(name);
        exit(1);
    }

    fseek(file, 0, SEEK_END);
    content.size = (size_t)ftell(file);
    content.data = malloc(content.size);
    rewind(file);

    if (!content.data || fread(content.data, 1, content.size, file) != content.size) {
        perror(name);
        exit(1);
    }
    fclose(file);
    return content;
}


static void report(char const *what, struct content content)
{
    printf("%s: %zu bytes, CRC %08lx, Adler %08lx\n", what, content.size,
           crc32(0, content.data, (uInt)content.size),
           adler32(1, content.data, (uInt)content.size));
}


static char const *verdict(struct content a, struct content b)
{
    return a.size == b.size && !memcmp(a.data, b.data, a.size) ? "same" : "different";
}


/* expand by passing only a few bytes at a time, 31 as window size means format of gzip */
static int expand(struct content from, struct content *to, int window, size_t step)
{
    z_stream stream;
    memset(&stream, 0, sizeof(stream));

    int result = inflateInit2(&stream, window);

    stream.next_in  = from.data;
    stream.next_out = to->data;

    while (result == Z_OK) {

        size_t const in  = from.size - stream.total_in, out = to->size - stream.total_out;

        stream.avail_in  = (uInt)(in  < step ? in  : step);
        stream.avail_out = (uInt)(out < step ? out : step);

        result = inflate(&stream, Z_NO_FLUSH);
    }
    to->size = stream.total_out;

    if (result != Z_STREAM_END)
        printf("inflate: %d, %s\n", result, stream.msg ? stream.msg : "no message");

    inflateEnd(&stream);
    return result;
}


int main(void)
{
    struct content const text = content_of("text");
    struct content       copy = { malloc(text.size), text.size };

    printf("zlib %s\n", zlibVersion());
    report("text", text);

    /* what was compressed elsewhere */
    static char const *const names[] = { "text.z", "text.gz", "text.raw" };
    static int const         windows[] = { 15, 31, -15 };

    for (int i = 0; i < 3; i++) {
        memset(copy.data, 0, text.size);
        copy.size = text.size;
        if (expand(content_of(names[i]), &copy, windows[i], 1000) == Z_STREAM_END)
            printf("%s expands to the %s text\n", names[i], verdict(text, copy));
    }

    /* there and back */
    for (int level = 0; level <= 9; level += 3) {

        uLongf         size  = compressBound(text.size);
        struct content small = { malloc(size), 0 };

        int const result = compress2(small.data, &size, text.data, text.size, level);
        small.size = size;

        memset(copy.data, 0, text.size);
        copy.size = text.size;
        expand(small, &copy, 15, text.size);

        printf("level %d: result %d, %s half the size, and back to the %s text\n", level, result,
               small.size < text.size/2 ? "less than" : "more than", verdict(text, copy));
        free(small.data);
    }

    /* what is damaged is noticed */
    struct content damaged = content_of("text.z");
    damaged.data[damaged.size - 1] ^= 1;
    copy.size = text.size;
    expand(damaged, &copy, 15, 1000);
    report("its content", copy);

    damaged.data[0] ^= 0xff;
    copy.size = text.size;
    expand(damaged, &copy, 15, 1000);

    return 0;
}
