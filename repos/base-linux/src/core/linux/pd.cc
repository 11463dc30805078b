/*
 * Protection domain: a Linux process with a RAM quota
 */

#include <linux/platform.h>
#include <loader.h>
#include <pd.h>

using namespace Core;


Pd::Pd(Heap &heap, List<Pd> &pds, List<Session> &sessions, uint32_t id, Label const &label)
:
    Session(sessions, id, label), _heap(heap), _pds(pds)
{
    _pds.append(_pd_elem);
}


Pd::~Pd()
{
    _end_process();

    Platform::cap_drop(_fault_sigh);

    _ram.for_each([&] (Ram_block &block) { destroy(_heap, &block); });

    if (_account)
        _account->_ram_quota += _ram_quota;

    _pds.for_each([&] (Pd &pd) {
        if (pd._account == this)
            pd._account = _account; });
}


/*
 * Executed in the new process: hand the start-up capabilities to the dynamic
 * linker, and execute it
 *
 * Each file descriptor of core is closed by the execution, with the exception
 * of those made here and the standard output.
 */
void Pd::_become_component(Cap ld, Cap program, Cap parent) const
{
    enum { SAFE = 64, STDIN = 0, STDERR = 2 };

    /* the sources may occupy the places of the destinations */
    int const pd_fd      = int(Linux::dup_above(Linux::fd(cap()), SAFE)),
              program_fd = int(Linux::dup_above(Linux::fd(program), SAFE)),
              parent_fd  = int(Linux::dup_above(Linux::fd(parent), SAFE)),
              ld_fd      = int(Linux::dup_above(Linux::fd(ld), SAFE));

    (void)Linux::dup_to(parent_fd,  Linux::fd(Cap::PARENT));
    (void)Linux::dup_to(pd_fd,      Linux::fd(Cap::PD));
    (void)Linux::dup_to(program_fd, Linux::fd(Cap::PROGRAM));

    /* core's input is taken away, without a gap that an invalid capability could fill */
    (void)Linux::dup_to(STDERR, STDIN);

    char const *const argv[] { label.c_str(), nullptr };

    (void)Linux::limit(Linux::RLIMIT_STACK, Linux::STACK_SIZE);

    (void)Linux::exec_fd(ld_fd, argv);

    Linux::exit(1);
}


Result Pd::_start_process(Cap ld, Cap program, Cap parent)
{
    int const core = int(Linux::getpid());

    long const pid = Linux::fork();
    if (pid < 0)
        return Result::OUT_OF_RAM;

    if (pid == 0) {

        (void)Linux::die_with_parent();

        /* core may have died before it was known whose death matters */
        if (Linux::getppid() != core)
            Linux::exit(1);

        _become_component(ld, program, parent);
    }

    _pid   = int(pid);
    _pidfd = int(Linux::pidfd_open(_pid));

    return _pidfd < 0 ? Result::OUT_OF_CAPS
                      : Linux::watch(_pidfd, reinterpret_cast<addr_t>(static_cast<Object *>(this)));
}


Result Pd::start(Cap ld, Cap program, Cap parent, Cap fault_sigh)
{
    if (_state != Status::CREATED)
        return Result::BAD_STATE;

    return initial_memory(ld).with(
        [&] (size_t size) {

            if (size > _ram_quota - _ram_used)
                return Result::OUT_OF_RAM;

            Result const result = _start_process(ld, program, parent);

            if (!ok(result)) {
                _end_process();
                return result;
            }

            _ram_used  += size;
            _state      = Status::RUNNING;
            _fault_sigh = fault_sigh;
            return Result::OK; },

        [] (Result error) { return error; });
}


void Pd::_end_process()
{
    if (_pidfd >= 0) {
        Linux::unwatch(_pidfd);
        (void)Linux::close(_pidfd);
        _pidfd = -1;
    }

    if (_pid) {
        (void)Linux::kill(_pid, Linux::SIGKILL);
        (void)Linux::reap(_pid, true);
        _pid = 0;
    }
}


void Pd::_fault(Fault kind, uint64_t addr, uint64_t ip)
{
    if (_state != Status::RUNNING)
        return;

    log("Error: ", label, " faulted: ", Protocol::Pd::name(kind),
        " at address ", Hex(addr), " ip=", Hex(ip));

    /* the sockets end with the process, so whoever waits for it learns about it now */
    _end_process();

    _state      = Status::FAULTED;
    _fault_kind = kind;
    _fault_addr = addr;
    _fault_ip   = ip;

    Platform::notify(_fault_sigh);
}


void Pd::handle_notification()
{
    /* anybody may notify a capability, so have a look */
    if (!_pid || !Linux::reap(_pid, false))
        return;

    _pid = 0;
    _fault(Fault::KILLED, 0, 0);
}


void Pd::_ram_alloc(Request &request)
{
    uint64_t const bytes = request.arg<Linux::Pd::Ram_alloc::In>().with(
        [] (auto in)   { return in.bytes; },
        [] (Result)    { return 0ull; });

    if (bytes == 0)
        return request.reply(Result::BAD_ARGUMENT);

    if (bytes > _ram_quota || page_aligned(bytes) > _ram_quota - _ram_used)
        return request.reply(Result::OUT_OF_RAM);

    Cap ds = Cap::INVALID;

    Result const result = Platform::ram_alloc(bytes, ds);
    if (!ok(result))
        return request.reply(result);

    Linux::Stat stat { };
    (void)Linux::fstat(Linux::fd(ds), stat);

    create<Ram_block>(_heap, _next_ram_id, stat.inode, page_aligned(bytes)).with(
        [&] (Ram_block *block) {
            _next_ram_id++;
            _ram.append(block->elem);
            _ram_used += block->size;
            request.reply(Linux::Pd::Ram_alloc::Out { block->id }, ds); },
        [&] (Result reason) { request.reply(reason); });

    /* the memory lives on by the component's use of it */
    Platform::ram_free(ds);
}


void Pd::_ram_free(Request &request)
{
    uint32_t const id = request.arg<Linux::Pd::Ram_free::In>().with(
        [] (auto in) { return in.id; },
        [] (Result)  { return ~0u; });

    Ram_block *const block = _ram.find([&] (Ram_block &b) { return b.id == id; });
    if (!block)
        return request.reply(Result::NOT_FOUND);

    _ram_used -= block->size;
    destroy(_heap, block);
    request.reply(Result::OK);
}


void Pd::_check_dataspace(Request &request) const
{
    Linux::Stat stat { };
    if (Linux::fstat(Linux::fd(request.cap(0)), stat) < 0)
        return request.reply(Result::INVALID_CAP);

    /* files are there for ever, while memory ends with its owner's entry */
    bool alive = stat.device != memory_device();

    _pds.for_each([&] (Pd &pd) {
        if (!alive && pd._ram.find([&] (Ram_block &b) { return b.inode == stat.inode; }))
            alive = true; });

    request.reply(alive ? Result::OK : Result::INVALID_CAP);
}


void Pd::_transfer(Request &request)
{
    auto const arg = request.arg<Protocol::Pd::Transfer::In>();

    /* the received descriptor is a copy, yet it refers to the same socket */
    uint64_t const wanted = Linux::socket_cookie(Linux::fd(request.cap(0)));

    Pd *const dst = _pds.find([&] (Pd &pd) {
        return wanted && Linux::socket_cookie(Linux::fd(pd.cap())) == wanted; });

    if (!dst || !arg.ok())
        return request.reply(Result::BAD_ARGUMENT);

    uint64_t const bytes = arg.value().bytes;

    if (bytes > _ram_quota - _ram_used)
        return request.reply(Result::OUT_OF_RAM);

    _ram_quota      -= bytes;
    dst->_ram_quota += bytes;

    if (!dst->_account && dst != this)
        dst->_account = this;

    request.reply(Result::OK);
}


void Pd::_status(Request &request) const
{
    request.reply(Status::Out { .ram_quota  = _ram_quota,  .ram_used   = _ram_used,
                                .fault_addr = _fault_addr, .fault_ip   = _fault_ip,
                                .state      = _state,      .fault_kind = _fault_kind });
}


void Pd::_start(Request &request)
{
    /* the last capability is there only if the others are */
    if (!valid(request.cap(3)))
        return request.reply(Result::BAD_ARGUMENT);

    Result const result = start(request.cap(0), request.cap(1), request.cap(2), request.cap(3));

    if (ok(result))
        (void)request.take_cap(3);

    request.reply(result);
}


void Pd::handle_request(Request &request)
{
    switch (request.opcode()) {

    case Protocol::Pd::Start::OP: return _start(request);

    case Linux::Pd::Fault::OP:
        return request.arg<Linux::Pd::Fault::In>().with(
            [&] (auto in) { _fault(Fault(in.kind), in.addr, in.ip); },
            [&] (Result)  { _fault(Fault::KILLED, 0, 0); });

    case Protocol::Pd::Transfer::OP:   return _transfer(request);
    case Protocol::Pd::Status::OP:     return _status(request);
    case Linux::Pd::Ram_alloc::OP:     return _ram_alloc(request);
    case Linux::Pd::Ram_free::OP:      return _ram_free(request);

    case Linux::Pd::Check_dataspace::OP: return _check_dataspace(request);
    }
    request.reply(Result::UNKNOWN_OPCODE);
}
