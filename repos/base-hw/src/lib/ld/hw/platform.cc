/*
 * Platform layer of components on the hw kernel
 *
 * Each function is one system call. The kernel does all checks, there is no
 * state on this side.
 */

#include <base/platform.h>
#include <hw/syscall.h>

using namespace Genode;

using Hw::Syscall;

namespace {

    struct Results { uint64_t rax, rdx, r8; };

    /*
     * The memory clobber is for the messages, which are passed by address
     */
    Results syscall(Syscall number, uint64_t a1 = 0, uint64_t a2 = 0, uint64_t a3 = 0,
                    uint64_t a4 = 0, uint64_t a5 = 0)
    {
        register uint64_t r10 asm ("r10") = a4;
        register uint64_t r8  asm ("r8")  = a5;

        uint64_t rax = uint64_t(number);

        asm volatile ("syscall"
                      : "+a" (rax), "+d" (a3), "+r" (r8)
                      : "D" (a1), "S" (a2), "r" (r10)
                      : "rcx", "r11", "memory");

        return { rax, a3, r8 };
    }

    uint64_t arg(Cap cap)          { return uint64_t(cap); }
    uint64_t arg(void const *addr) { return addr_t(addr); }

    Result returned_cap(Results const &r, Cap &out)
    {
        Result const result = Result(r.rax);
        out = ok(result) ? Cap(r.rdx) : Cap::INVALID;
        return result;
    }
}


void Platform::init() { }


/*
 * Objects and messages
 */

Result Platform::object_create(uint64_t badge, Cap &out) {
    return returned_cap(syscall(Syscall::OBJECT_CREATE, badge), out); }

void Platform::object_destroy(Cap cap) { syscall(Syscall::OBJECT_DESTROY, arg(cap)); }
void Platform::cap_drop(Cap cap)       { syscall(Syscall::CAP_DROP, arg(cap)); }
void Platform::notify(Cap cap)         { syscall(Syscall::NOTIFY, arg(cap)); }

Result Platform::call(Cap cap, Message &msg) {
    return Result(syscall(Syscall::CALL, arg(cap), arg(&msg)).rax); }

Platform::Event Platform::wait(Message &msg, uint64_t deadline_us)
{
    Results const r = syscall(Syscall::WAIT, arg(&msg), deadline_us);

    return { .kind = Event::Kind(r.rax), .badge = r.rdx, .token = Token(r.r8) };
}

void Platform::reply(Token token, Message const &msg) {
    syscall(Syscall::REPLY, uint64_t(token), arg(&msg)); }


/*
 * Memory
 */

Result Platform::ram_alloc(size_t bytes, Cap &out) {
    return returned_cap(syscall(Syscall::RAM_ALLOC, bytes), out); }

void Platform::ram_free(Cap ds) { syscall(Syscall::RAM_FREE, arg(ds)); }

Result Platform::attach(Cap ds, uint32_t flags, size_t offset, size_t size, addr_t at, Attached &out)
{
    Results const r = syscall(Syscall::ATTACH, arg(ds), flags, offset, size, at);

    out = { .addr = reinterpret_cast<void *>(r.rdx), .size = r.r8 };
    return Result(r.rax);
}

void Platform::detach(void *addr) { syscall(Syscall::DETACH, arg(addr)); }


/*
 * Time and end of life
 */

uint64_t Platform::now_us() { return syscall(Syscall::NOW_US).rax; }

void Platform::halt() { for (;;) syscall(Syscall::HALT); }

void Platform::debug(char const *text, size_t len)
{
    while (len) {
        size_t const part = min(len, Hw::MAX_DEBUG);
        syscall(Syscall::DEBUG, arg(text), part);
        text += part, len -= part;
    }
}
