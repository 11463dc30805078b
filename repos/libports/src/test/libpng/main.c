/*
 * Test of libpng: pictures from ROM modules are decoded, encoded, and decoded again
 */

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct picture
{
    png_uint_32 width, height;
    png_bytep   pixels;          /* red, green, blue, alpha */
};

struct memory { unsigned char *data; size_t size, capacity; };


static void complain(png_structp png, png_const_charp text)
{
    printf("error: %s\n", text);
    longjmp(png_jmpbuf(png), 1);
}


static void warn(png_structp png, png_const_charp text)
{
    (void)png;
    printf("warning: %s\n", text);
}


static size_t row_size(struct picture const *picture) { return 4*(size_t)picture->width; }


/* decode from a stream, whatever the format, to eight bits per colour */
static int decode(FILE *file, struct picture *out)
{
    png_bytep volatile pixels = NULL;

    png_structp png  = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, complain, warn);
    png_infop   info = png_create_info_struct(png);

    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        free(pixels);
        return 0;
    }

    png_init_io(png, file);
    png_read_info(png, info);

    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);

    int const passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);

    out->width  = png_get_image_width(png, info);
    out->height = png_get_image_height(png, info);

    if (png_get_rowbytes(png, info) != row_size(out))
        png_error(png, "unexpected size of a row");

    pixels = calloc(out->height, row_size(out));
    if (!pixels)
        png_error(png, "no memory");

    for (int pass = 0; pass < passes; pass++)
        for (png_uint_32 y = 0; y < out->height; y++)
            png_read_row(png, pixels + y*row_size(out), NULL);

    png_read_end(png, info);
    png_destroy_read_struct(&png, &info, NULL);

    out->pixels = pixels;
    return 1;
}


static void append(png_structp png, png_bytep data, size_t size)
{
    struct memory *memory = png_get_io_ptr(png);

    if (memory->size + size > memory->capacity)
        png_error(png, "too large");

    memcpy(memory->data + memory->size, data, size);
    memory->size += size;
}


static void flush(png_structp png) { (void)png; }


static int encode(struct picture const *picture, int interlace, struct memory *out)
{
    png_structp png  = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, complain, warn);
    png_infop   info = png_create_info_struct(png);

    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return 0;
    }

    out->size = 0;
    png_set_write_fn(png, out, append, flush);
    png_set_IHDR(png, info, picture->width, picture->height, 8, PNG_COLOR_TYPE_RGB_ALPHA,
                 interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_gAMA(png, info, 1/2.2);
    png_write_info(png, info);

    int const passes = png_set_interlace_handling(png);

    for (int pass = 0; pass < passes; pass++)
        for (png_uint_32 y = 0; y < picture->height; y++)
            png_write_row(png, picture->pixels + y*row_size(picture));

    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 1;
}


static void report(char const *name, struct picture const *picture)
{
    printf("%s: %u x %u, CRC of pixels %08lx\n", name, (unsigned)picture->width,
           (unsigned)picture->height,
           crc32(0, picture->pixels, (uInt)(picture->height*row_size(picture))));
}


static void test(char const *name)
{
    FILE *file = fopen(name, "rb");
    if (!file) {
        perror(name);
        exit(1);
    }

    struct picture picture = { 0, 0, NULL };
    if (!decode(file, &picture)) {
        printf("%s cannot be decoded\n", name);
        fclose(file);
        return;
    }
    fclose(file);
    report(name, &picture);

    struct memory memory = { malloc(1 << 20), 0, 1 << 20 };

    for (int interlace = PNG_INTERLACE_NONE; interlace <= PNG_INTERLACE_ADAM7; interlace++) {

        if (!encode(&picture, interlace, &memory))
            exit(1);

        struct picture again  = { 0, 0, NULL };
        FILE          *stream = fmemopen(memory.data, memory.size, "r");

        if (!decode(stream, &again))
            exit(1);

        fclose(stream);
        report(interlace ? "interlaced and back" : "encoded and back", &again);
        free(again.pixels);
    }
    free(memory.data);
    free(picture.pixels);
}


int main(int argc, char **argv)
{
    printf("libpng %s\n", png_get_libpng_ver(NULL));

    for (int i = 1; i < argc; i++)
        test(argv[i]);

    return 0;
}
