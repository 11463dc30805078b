/*
 * Text output of the kernel
 */

#include <console.h>
#include <serial.h>

using namespace Hw;


void Hw::print(char c) { Serial::put(c); }


void Hw::print(char const *s)
{
    while (*s)
        print(*s++);
}


void Hw::print(Text text)
{
    for (size_t i = 0; i < text.length; i++)
        print(text.start[i]);
}


static void print_number(uint64_t value, unsigned base, unsigned min_digits)
{
    char     digits[20];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value || (count < min_digits && count < sizeof(digits)));

    while (count)
        print(digits[--count]);
}


void Hw::print(Hex hex)        { print("0x"); print_number(hex.value, 16, hex.digits); }
void Hw::print(uint64_t value) { print_number(value, 10, 1); }
