/*
 * Test of the kernel interface: what needs no second component
 */

#include <test.h>

using namespace Test;

using Platform::Attach_flags;
using Platform::Attached;
using Platform::Event;


void Test::test_time(Original &o)
{
    bool in_time = true, in_order = true;

    static constexpr uint64_t delays_us[] { 0, 1, 999, 30'000 };

    for (uint64_t us : delays_us) {
        uint64_t const deadline = Platform::now_us() + us;

        Event const event = Platform::wait(o.msg, deadline);

        in_time &= (event.kind == Event::Kind::DEADLINE && Platform::now_us() >= deadline);
    }
    o.check("deadlines are not reached early", in_time);

    uint64_t last = Platform::now_us();
    for (unsigned i = 0; i < 10'000; i++) {
        uint64_t const now = Platform::now_us();
        in_order &= (now >= last);
        last = now;
    }
    o.check("time never goes backwards", in_order);
}


void Test::test_notifications(Original &o)
{
    enum : uint64_t { A = 100, B = 101 };

    Cap a = Cap::INVALID, b = Cap::INVALID;

    bool const created = ok(Platform::object_create(A, a)) && ok(Platform::object_create(B, b));

    auto next_is = [&] (uint64_t badge) {
        Event const event = Platform::wait(o.msg, 0);
        return event.kind == Event::Kind::NOTIFICATION && event.badge == badge; };

    auto nothing = [&] { return Platform::wait(o.msg, 0).kind == Event::Kind::DEADLINE; };

    Cap const order[] { a, b, a, a, b };

    for (Cap cap : order)
        Platform::notify(cap);

    o.check("notifications are merged, and kept in order",
            created && next_is(A) && next_is(B) && nothing());

    Platform::notify(a);
    Platform::notify(b);
    Platform::object_destroy(a);
    o.check("a destroyed object is silent", next_is(B) && nothing());

    Platform::notify(a);
    Platform::notify(Cap::INVALID);
    Platform::notify(Cap(12345678));
    o.check("notifications to nowhere are ignored", nothing());

    Platform::object_destroy(b);
}


void Test::test_capabilities(Original &o)
{
    static constexpr unsigned NUM = 256;
    static Cap caps[NUM];

    uint64_t const ram = o.ram_avail();

    bool created = true, different = true;
    for (unsigned i = 0; i < NUM; i++) {
        created &= ok(Platform::object_create(i, caps[i])) && valid(caps[i]);
        for (unsigned j = 0; j < i; j++)
            different &= (caps[i] != caps[j]);
    }
    o.check("256 objects", created && different);

    auto call = [&] (Cap cap, uint32_t num_bytes, uint32_t num_caps, Cap arg = Cap::INVALID) {
        o.msg.tag       = 1;
        o.msg.num_bytes = num_bytes;
        o.msg.num_caps  = num_caps;
        for (Cap &c : o.msg.caps)
            c = arg;

        Result const result = Platform::call(cap, o.msg);

        return (o.msg.num_bytes == 0 && o.msg.num_caps == 0) ? result : Result::OK;
    };

    o.check("a call to an own object is refused", call(caps[0], 0, 0) == Result::BAD_ARGUMENT);
    o.check("a call with too many bytes is refused",
            call(Cap::PARENT, Message::MAX_BYTES + 1, 0) == Result::BAD_ARGUMENT
         && call(Cap::PARENT, ~0u, 0)                    == Result::BAD_ARGUMENT);
    o.check("a call with too many capabilities is refused",
            call(Cap::PARENT, 0, Message::MAX_CAPS + 1) == Result::BAD_ARGUMENT
         && call(Cap::PARENT, 0, ~0u)                   == Result::BAD_ARGUMENT);
    o.check("a call with an invalid capability is refused",
            call(Cap::PARENT, 0, 1, Cap::INVALID) == Result::INVALID_CAP
         && call(Cap::PARENT, 0, 4, Cap(999'999)) == Result::INVALID_CAP);
    o.check("a call to nowhere is refused",
            call(Cap::INVALID, 0, 0) == Result::INVALID_CAP
         && call(Cap(999'999), 0, 0) == Result::INVALID_CAP);
    o.check("a call to a dataspace is refused", call(Cap::PROGRAM, 0, 0) == Result::INVALID_CAP);

    for (Cap cap : caps)
        Platform::object_destroy(cap);

    o.check("the number of a destroyed object is invalid",
            call(caps[0], 0, 0) == Result::INVALID_CAP);

    Platform::cap_drop(Cap::INVALID);
    Platform::cap_drop(Cap(999'999));
    o.check("destroyed objects cost nothing", o.ram_avail() >= ram - PAGE_SIZE);
}


void Test::test_exhaustion(Original &o)
{
    static constexpr unsigned MAX = 32*1024;
    static Cap caps[MAX];

    Result   result = Result::OK;
    unsigned count  = 0;

    while (count < MAX && ok(result = Platform::object_create(count, caps[count])))
        count++;

    o.check("objects come to an end", result == Result::OUT_OF_CAPS || result == Result::OUT_OF_RAM);
    o.check("calls are possible even then", Call(0).to(Cap::PD) == Result::UNKNOWN_OPCODE);

    while (count)
        Platform::object_destroy(caps[--count]);

    Cap again = Cap::INVALID;
    o.check("the room is usable again", ok(Platform::object_create(0, again)));
    Platform::object_destroy(again);
}


void Test::test_dataspaces(Original &o)
{
    static constexpr size_t SIZE = 4*PAGE_SIZE;

    uint64_t const ram = o.ram_avail();

    Cap ds = Cap::INVALID, none = Cap::INVALID;

    o.check("no empty dataspace", Platform::ram_alloc(0, none) == Result::BAD_ARGUMENT);
    o.check("no dataspace beyond the quota",
            Platform::ram_alloc(ram + PAGE_SIZE, none) == Result::OUT_OF_RAM
         && Platform::ram_alloc(~0ul, none)            == Result::OUT_OF_RAM);
    o.check("dataspace of 4 pages", ok(Platform::ram_alloc(SIZE - 1, ds)));

    Attached whole { }, part { };

    auto attach = [&] (Cap ds, uint32_t flags, size_t offset, size_t size, addr_t at) {
        Attached out { };
        return Platform::attach(ds, flags, offset, size, at, out); };

    bool const attached =
        ok(Platform::attach(ds, Attach_flags::WRITEABLE, 0, 0, 0, whole))
     && ok(Platform::attach(ds, Attach_flags::READ_ONLY, PAGE_SIZE, 1, 0, part));

    o.check("attached twice", attached && whole.size == SIZE && part.size == PAGE_SIZE
                                       && whole.addr != part.addr);
    if (!attached)
        return;

    char volatile * const w = static_cast<char *>(whole.addr);
    char volatile * const p = static_cast<char *>(part.addr);

    bool zero = true;
    for (size_t i = 0; i < SIZE; i++)
        zero &= (w[i] == 0);
    o.check("fresh memory is zero", zero);

    w[PAGE_SIZE + 5] = 42;
    o.check("both attachments show the same memory", p[5] == 42);

    addr_t const addr = addr_t(whole.addr);

    o.check("collisions are refused",
            attach(ds, 0, 0, 0, addr)               == Result::BAD_ARGUMENT
         && attach(ds, 0, 0, PAGE_SIZE, addr + SIZE - PAGE_SIZE) == Result::BAD_ARGUMENT);
    o.check("misalignment is refused",
            attach(ds, 0, 1, 0, 0)        == Result::BAD_ARGUMENT
         && attach(ds, 0, 0, 0, addr + 7) == Result::BAD_ARGUMENT);
    o.check("ranges beyond the dataspace are refused",
            attach(ds, 0, SIZE, PAGE_SIZE, 0)        == Result::BAD_ARGUMENT
         && attach(ds, 0, PAGE_SIZE, SIZE, 0)        == Result::BAD_ARGUMENT
         && attach(ds, 0, PAGE_SIZE, ~0ul, 0)        == Result::BAD_ARGUMENT
         && attach(ds, 0, ~0xffful, 0, 0)            == Result::BAD_ARGUMENT);
    o.check("writeable and executable is refused",
            attach(ds, Attach_flags::WRITEABLE | Attach_flags::EXECUTABLE, 0, 0, 0)
            == Result::BAD_ARGUMENT);
    o.check("a ROM dataspace is not writeable",
            attach(Cap::PROGRAM, Attach_flags::WRITEABLE, 0, 0, 0) == Result::DENIED);
    o.check("only dataspaces can be attached",
            attach(Cap::PARENT,  0, 0, 0, 0) == Result::INVALID_CAP
         && attach(Cap::INVALID, 0, 0, 0, 0) == Result::INVALID_CAP);

    /* code that returns its argument plus one, made executable by a second attachment */
    static uint8_t const code[] { 0x8d, 0x47, 0x01, 0xc3 };
    for (size_t i = 0; i < sizeof(code); i++)
        w[i] = char(code[i]);

    Attached exec { };
    o.check("generated code runs",
            ok(Platform::attach(ds, Attach_flags::EXECUTABLE, 0, PAGE_SIZE, 0, exec))
         && reinterpret_cast<int (*)(int)>(exec.addr)(41) == 42);

    Platform::detach(exec.addr);
    Platform::detach(part.addr);
    Platform::detach(whole.addr);

    o.check("a detached range is usable again", ok(attach(ds, 0, 0, 0, addr)));
    Platform::detach(whole.addr);
    Platform::detach(whole.addr);

    Platform::ram_free(ds);
    o.check("a freed dataspace is gone", attach(ds, 0, 0, 0, 0) == Result::INVALID_CAP);
    Platform::ram_free(ds);
    Platform::ram_free(Cap::PROGRAM);

    /* page tables may stay for later use */
    o.check("freed memory came back", o.ram_avail() >= ram - 4*PAGE_SIZE);
}
