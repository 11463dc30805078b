/*
 * Test of lists, strings, results, and the heap
 */

#include <base/component.h>
#include <base/log.h>

using namespace Genode;

namespace {

    void check(char const *what, bool holds) { log(what, ": ", holds ? "ok" : "FAILED"); }

    /*
     * Lists
     */

    struct Item
    {
        List<Item>::Element elem { *this };
        unsigned const      number;

        explicit Item(unsigned number) : number(number) { }
    };

    String<32> numbers(List<Item> &list)
    {
        char buf[32];
        Buffer_output out(buf, sizeof(buf));
        list.for_each([&] (Item &item) { print(out, item.number); });
        return String<32>(Text(buf, out.len()));
    }

    void test_list()
    {
        List<Item> list, other;
        check("new list is empty", list.empty() && !list.first());

        Item one(1), two(2);
        list.append(one.elem);
        list.append(two.elem);
        {
            Item three(3), four(4);
            list.append(three.elem);
            list.append(four.elem);
            check("order of insertion", numbers(list) == "1234");
            check("find", list.find([] (Item &i) { return i.number > 2; }) == &three);
        }
        check("destroyed elements are gone", numbers(list) == "12");

        other.remove(one.elem);
        check("removal from a list without the element", numbers(list) == "12");

        list.for_each([&] (Item &item) { list.remove(item.elem); });
        check("removal while walking", list.empty());

        list.append(two.elem);
        list.append(one.elem);
        check("insertion after removal", numbers(list) == "21");
    }

    /*
     * Strings and results
     */

    void test_string()
    {
        String<8> const s("abc", 4, Char('x'));
        check("composed string", s == "abc4x" && s.len() == 5);
        check("equality across sizes", s == String<64>("abc4x"));
        check("inequality by length", !(s == "abc4") && !(s == "abc4xy"));
        check("cut at capacity", String<4>("abcdef") == "abc");

        char array[4];
        check("copy that fits", copy_text(array, "abc") && terminated(array));
        check("copy that is cut", !copy_text(array, "abcd") && Text(array) == Text("abc"));

        for (char &c : array)
            c = 'x';
        check("array without an end", !terminated(array));

        char memory[] = "0123456789";
        memmove(memory + 2, memory, 6);
        check("overlapping move up", Text(memory) == Text("0101234589"));
        memmove(memory, memory + 2, 6);
        check("overlapping move down", Text(memory) == Text("0123454589"));

        Attempt<int> const value(7), error(Result::DENIED);
        check("attempt with value", value.ok() && value.value() == 7 && error.value_or(9) == 9);
        check("attempt with error", !error.ok() && error.error() == Result::DENIED);
    }

    /*
     * Heap: blocks of pseudo-random sizes come and go, and must not overlap
     */

    void test_heap(Env &env)
    {
        constexpr unsigned SLOTS = 64, ROUNDS = 20*1000;

        struct Slot { uint8_t *start; size_t size; uint8_t pattern; };

        static Slot slots[SLOTS];

        bool     intact = true;
        uint32_t random = 1;
        uint64_t avail  = 0;

        auto const next_random = [&] {
            random = random*1664525 + 1013904223;   /* a linear congruential generator */
            return random >> 8; };

        auto const release = [&] (Slot &slot) {
            for (size_t i = 0; i < slot.size; i++)
                intact &= slot.start[i] == slot.pattern;
            env.heap().free(slot.start);
            slot = { }; };

        auto const occupy = [&] (Slot &slot, size_t size) {
            env.heap().alloc(size).with(
                [&] (void *ptr) {
                    slot = { static_cast<uint8_t *>(ptr), size, uint8_t(next_random()) };
                    memset(slot.start, slot.pattern, size); },
                [&] (Result) { intact = false; }); };

        for (unsigned round = 0; round < ROUNDS; round++) {

            Slot &slot = slots[next_random() % SLOTS];
            release(slot);
            occupy(slot, next_random() % (round % 100 ? 2000 : 20000));

            /* by then, the heap has grown to what it needs */
            if (round == ROUNDS/2)
                avail = env.ram_avail();
        }

        for (Slot &slot : slots)
            release(slot);

        check("blocks do not overlap", intact);
        check("the heap does not grow without need", env.ram_avail() + 256*1024 >= avail);
    }
}


void Component::construct(Env &env)
{
    test_list();
    test_string();
    test_heap(env);

    log("Test done.");
    env.parent().exit(0);
}
