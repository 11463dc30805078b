/*
 * Test of LZ4: blocks, frames with checksums, and damaged data
 */

#include <lz4.h>
#include <lz4frame.h>
#include <lz4hc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 200000 };

static char text[SIZE], copy[SIZE];


static void check(char const *what, char const *small, int size)
{
    memset(copy, 0, SIZE);
    int const back = LZ4_decompress_safe(small, copy, size, SIZE);

    printf("%s: %s half the size, %d bytes, %s\n", what, size > 0 && size < SIZE/2
           ? "less than" : "more than", back, memcmp(text, copy, SIZE) ? "different" : "same");
}


/* an uncompressed block in a frame, made by hand according to the description of the format */
static unsigned char const frame[] = {
    0x04, 0x22, 0x4d, 0x18,             /* magic number */
    0x60, 0x40, 0x82,                   /* version 1, blocks up to 64 KiB, checksum */
    0x06, 0x00, 0x00, 0x80,             /* six bytes, not compressed */
    'G', 'e', 'n', 'o', 'd', 'e',
    0x00, 0x00, 0x00, 0x00              /* end */
};


static void expand(unsigned char const *at, size_t size)
{
    LZ4F_dctx *context = NULL;
    LZ4F_createDecompressionContext(&context, LZ4F_VERSION);

    size_t out = SIZE, in = size;
    memset(copy, 0, SIZE);

    size_t const result = LZ4F_decompress(context, copy, &out, at, &in, NULL);

    if (LZ4F_isError(result))
        printf("error: %s\n", LZ4F_getErrorName(result));
    else
        printf("%zu bytes, %zu to come\n", out, result);

    LZ4F_freeDecompressionContext(context);
}


int main(void)
{
    printf("LZ4 %s\n", LZ4_versionString());

    for (size_t i = 0, state = 1; i < SIZE; i++) {
        state = state*48271 % 2147483647;
        text[i] = "aaaaabbbc cde\n.."[state/1000 % 16];
        if (i >= 1000 && state % 3)
            text[i] = text[i - 1000];
    }

    int   const bound = LZ4_compressBound(SIZE);
    char *const small = malloc((size_t)bound);

    for (size_t i = SIZE/2; i < SIZE; i++)
        text[i] = text[i % 5000];

    check("fast", small, LZ4_compress_default(text, small, SIZE, bound));
    check("better", small, LZ4_compress_HC(text, small, SIZE, bound, LZ4HC_CLEVEL_MAX));
    free(small);

    /* a frame, whose checksums are by xxHash */
    LZ4F_preferences_t preferences;
    memset(&preferences, 0, sizeof(preferences));
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    preferences.frameInfo.contentSize         = SIZE;

    size_t const capacity = LZ4F_compressFrameBound(SIZE, &preferences);
    unsigned char *const made = malloc(capacity);
    size_t const size = LZ4F_compressFrame(made, capacity, text, SIZE, &preferences);

    expand(made, size);
    printf("frame: %s\n", memcmp(text, copy, SIZE) ? "different" : "same");

    made[size - 1] ^= 1;
    expand(made, size);

    made[8] ^= 1;
    expand(made, size);
    free(made);

    expand(frame, sizeof(frame));
    printf("by hand: %s\n", copy);
    return 0;
}
