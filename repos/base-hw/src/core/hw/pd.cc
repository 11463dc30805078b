/*
 * Protection domain: a component as seen by the kernel
 */

#include <loader.h>
#include <pd.h>
#include <scheduler.h>

using namespace Hw;

static_assert(sizeof(Pd) <= PAGE_SIZE);

constinit Pd *Pd::_pds[MAX_PDS] { };


Ref<Pd> Pd::create(Account &creator, Label const &label)
{
    unsigned index = 0;
    while (index < MAX_PDS && _pds[index])
        index++;

    if (index == MAX_PDS)
        return { };

    addr_t const page = creator.alloc_page();
    if (!page)
        return { };

    return _pds[index] = new (kernel_view(page)) Pd(creator, index, label);
}


void Pd::_free()
{
    Account &creator = _creator;
    addr_t const page = addr_t(this) - RAM_WINDOW;

    this->~Pd();
    creator.free_page(page);
}


/*
 * Start
 */

Result Pd::_construct_and_load(Dataspace &ld, Dataspace &program, Object &parent)
{
    if (!space.construct())
        return Result::OUT_OF_RAM;

    Loaded const loaded = load(*this, ld);
    if (!ok(loaded.result))
        return loaded.result;

    bool const equipped = ok(caps.insert_named(Cap::PARENT,  parent))
                       && ok(caps.insert_named(Cap::PD,      *this))
                       && ok(caps.insert_named(Cap::PROGRAM, program));
    if (!equipped)
        return Result::OUT_OF_RAM;

    thread.start(loaded.entry, loaded.stack);
    return Result::OK;
}


Result Pd::start(Dataspace &ld, Dataspace &program, Object &parent, Rpc_object *handler)
{
    if (_state != State::CREATED || _closed)
        return Result::BAD_STATE;

    Result const result = _construct_and_load(ld, program, parent);
    if (!ok(result)) {
        _release_memory();
        return result;
    }

    _fault_handler = handler;
    _state         = State::RUNNING;
    return Result::OK;
}


/*
 * End
 */

void Pd::_release_memory()
{
    Scheduler::forget(thread);

    caps.destruct();
    space.destruct();

    dataspaces.for_each([&] (Dataspace &ds) {
        if (ds.owner() == this)
            ds.revoke(); });
}


void Pd::fault(Fault_kind kind, addr_t addr, addr_t ip)
{
    line("Error: ", label.text(), " faulted: ", Genode::Protocol::Pd::name(kind),
         " at address ", Hex { addr }, " ip=", Hex { ip });

    _state      = State::FAULTED;
    _fault_kind = kind;
    _fault_addr = addr;
    _fault_ip   = ip;

    thread.stop();

    if (_fault_handler)
        Thread::notify(*_fault_handler);
}


void Pd::close()
{
    if (_closed)
        return;

    Ref<Pd> const keep = this;

    _closed = true;
    thread.stop();
    _release_memory();
    _fault_handler.clear();
    _pds[_index] = nullptr;

    if (!_quota_from)
        return;

    /* memory that others still have attached is paid by who gets the quota */
    Pd &heir = *_quota_from;

    heir.account.adopt(account);
    dataspaces.for_each([&] (Dataspace &ds) { ds.transfer(heir); });

    for (Pd * const pd : _pds)
        if (pd && pd->_quota_from == this)
            pd->_quota_from = &heir;

    _quota_from = nullptr;
}


/*
 * Service of core
 */

Result Pd::serve(Core_request &request)
{
    using namespace Genode::Protocol::Pd;

    if (_closed)
        return Result::DEAD;

    switch (request.opcode) {
    case Start   ::OP: return _serve_start(request);
    case Transfer::OP: return _serve_transfer(request);
    case Status  ::OP: return _serve_status(request);
    }
    return Result::UNKNOWN_OPCODE;
}


Result Pd::_serve_start(Core_request &request)
{
    auto dataspace = [&] (unsigned i) {
        Object * const object = request.cap(i);
        return object ? object->dataspace() : nullptr;
    };

    Dataspace  * const ld      = dataspace(0);
    Dataspace  * const program = dataspace(1);
    Object     * const parent  = request.cap(2);
    Rpc_object * const handler = request.cap(3) ? request.cap(3)->rpc_object() : nullptr;

    if (!ld || !ld->usable() || !program || !parent || !handler)
        return Result::BAD_ARGUMENT;

    return start(*ld, *program, *parent, handler);
}


Result Pd::_serve_transfer(Core_request &request)
{
    using In = Genode::Protocol::Pd::Transfer::In;

    In const * const in = request.in<In>();
    Pd       * const to = request.cap(0) ? request.cap(0)->pd() : nullptr;

    if (!in || !to || to->_closed)
        return Result::BAD_ARGUMENT;

    if (!account.transfer(to->account, in->bytes))
        return Result::OUT_OF_RAM;

    if (!to->_quota_from && !to->_quota_fixed && in->bytes && to != this)
        to->_quota_from = this;

    return Result::OK;
}


Result Pd::_serve_status(Core_request &request)
{
    request.out(Genode::Protocol::Pd::Status::Out {
        .ram_quota  = account.limit(),
        .ram_used   = account.used(),
        .fault_addr = _fault_addr,
        .fault_ip   = _fault_ip,
        .state      = uint32_t(_state),
        .fault_kind = uint32_t(_fault_kind) });

    return Result::OK;
}
