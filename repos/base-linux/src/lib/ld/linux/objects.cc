/*
 * What the file descriptors of a component are
 */

#include <linux/syscall.h>
#include <objects.h>

using namespace Genode;
using namespace Linux;

Own_object Linux::objects[MAX_FDS];

static bool internal[MAX_FDS];


void Linux::mark_internal(int fd) { internal[fd] = true; }


void Linux::close_internal(int fd)
{
    internal[fd] = false;
    (void)close(fd);
}


int Linux::epoll_fd()
{
    static int epoll = -1;

    if (epoll < 0) {
        epoll = int(epoll_create());

        if (epoll >= 0)
            mark_internal(epoll);
    }
    return epoll;
}


Own_object *Linux::own_object(Cap cap)
{
    int const i = fd(cap);
    return i > 0 && i < MAX_FDS && objects[i].server_fd ? &objects[i] : nullptr;
}


bool Linux::plausible(Cap cap)
{
    /* standard input and output are no capabilities */
    return fd(cap) >= fd(Cap::PARENT) && fd(cap) < MAX_CAPS && !internal[fd(cap)];
}


Result Platform::object_create(uint64_t badge, Cap &out)
{
    int pair[2];

    long ret = socketpair(pair);
    if (ret < 0)
        return Result::OUT_OF_CAPS;

    int const capability = pair[0], server = pair[1];

    if (max(capability, server) >= MAX_CAPS) {
        (void)close(capability);
        (void)close(server);
        return Result::OUT_OF_CAPS;
    }

    ret = epoll_ctl(epoll_fd(), EPOLL_CTL_ADD, server,
                    Epoll_event { EPOLLIN, uint64_t(capability) });
    if (ret < 0) {
        (void)close(capability);
        (void)close(server);
        return Result::OUT_OF_RAM;
    }

    objects[capability] = { server, badge };
    mark_internal(server);
    out = Cap(capability);
    return Result::OK;
}


void Platform::object_destroy(Cap cap)
{
    Own_object *const object = own_object(cap);
    if (!object)
        return;

    /* requests in the queue go with the socket, and so do their reply channels */
    (void)epoll_ctl(epoll_fd(), EPOLL_CTL_DEL, object->server_fd, Epoll_event { });
    close_internal(object->server_fd);
    (void)close(fd(cap));

    *object = { };
}


void Platform::cap_drop(Cap cap)
{
    if (plausible(cap) && fd(cap) > fd(Cap::PROGRAM) && !own_object(cap))
        (void)close(fd(cap));
}


Result Linux::watch(int watched, uint64_t badge)
{
    long const ret = epoll_ctl(epoll_fd(), EPOLL_CTL_ADD, watched,
                               Epoll_event { EPOLLIN | EPOLLONESHOT, uint64_t(watched) });
    if (ret < 0)
        return Result::INVALID_CAP;

    objects[watched] = { watched, badge };
    return Result::OK;
}


void Linux::unwatch(int watched)
{
    (void)epoll_ctl(epoll_fd(), EPOLL_CTL_DEL, watched, Epoll_event { });
    objects[watched] = { };
}
