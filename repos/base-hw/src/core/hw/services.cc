/*
 * Services of core
 */

#include <boot_modules.h>
#include <services.h>
#include <slab.h>

using namespace Hw;

namespace {

    struct Service_session : Object
    {
        Account &account;
        bool     closed = false;

        explicit Service_session(Account &account) : Object(Type::CORE), account(account) { }

        virtual Result handle(Core_request &) = 0;

        Result serve(Core_request &request) override {
            return closed ? Result::DEAD : handle(request); }

        void close() override { closed = true; }
    };

    struct Log_session : Service_session
    {
        Label const label;

        Log_session(Account &account, Label const &label)
        : Service_session(account), label(label) { }

        /* the label makes a session too large for a slot of the slab allocator */
        void _free() override
        {
            Account &account = this->account;
            addr_t const page = addr_t(this) - RAM_WINDOW;

            this->~Log_session();
            account.free_page(page);
        }

        Result handle(Core_request &request) override
        {
            if (request.opcode != Genode::Protocol::Log::Write::OP)
                return Result::UNKNOWN_OPCODE;

            line("[", label.text(), "] ", Text { request.bytes, request.num_bytes });
            return Result::OK;
        }
    };

    struct Rom_session : Service_session
    {
        Boot_module const &module;

        Rom_session(Account &account, Boot_module const &module)
        : Service_session(account), module(module) { }

        void _free() override
        {
            Account &account = this->account;

            Slab::destroy(*this);
            account.replenish(Slab::SLOT_COST);
        }

        Result handle(Core_request &request) override
        {
            using namespace Genode::Protocol;

            if (request.opcode != Rom::Dataspace::OP)
                return Result::UNKNOWN_OPCODE;

            request.out(Rom::Dataspace::Out { .size = module.size });
            request.reply_cap = module.ds;
            return Result::OK;
        }
    };

    struct Split { Text before, last; };

    /* separate the last part of a label */
    Split split(Text label)
    {
        constexpr Text arrow { " -> ", 4 };

        for (size_t end = label.length; end >= arrow.length; end--)
            if (Text { label.start, end }.ends_with(arrow))
                return { { label.start, end - arrow.length },
                         { label.start + end, label.length - end } };

        return { { "", 0 }, label };
    }
}


Opened Hw::open_log(Account &account, Label const &label)
{
    static_assert(sizeof(Log_session) <= PAGE_SIZE);

    addr_t const page = account.alloc_page();
    if (!page)
        return { Result::OUT_OF_RAM, { } };

    return { Result::OK, new (kernel_view(page)) Log_session(account, label) };
}


Opened Hw::open_rom(Account &account, Label const &label)
{
    Split const parts = split(label.text());

    Boot_module const * const module = Boot_module::find(parts.last);

    if (!module) {
        line("Error: no ROM module \"", parts.last, "\", requested by \"", parts.before, "\"");
        return { Result::NOT_FOUND, { } };
    }

    if (!account.withdraw(Slab::SLOT_COST))
        return { Result::OUT_OF_RAM, { } };

    Rom_session * const session = Slab::create<Rom_session>(account, *module);
    if (!session) {
        account.replenish(Slab::SLOT_COST);
        return { Result::OUT_OF_RAM, { } };
    }
    return { Result::OK, session };
}


Opened Hw::open_pd(Account &account, Label const &label)
{
    Ref<Pd> const pd = Pd::create(account, label);

    return { pd ? Result::OK : Result::OUT_OF_RAM, pd.get() };
}
