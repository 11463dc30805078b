/*
 * Core: parent of the first component, and its services LOG, ROM, and PD
 */

#pragma once

#include <pd.h>

namespace Hw {

    struct Session;
    class  Core;
}


/*
 * Session opened by the first component
 */
struct Hw::Session : Noncopyable
{
    Genode::List<Session>::Element element { *this };

    uint32_t    const id;
    Ref<Object> const object;

    Session(uint32_t id, Object &object) : id(id), object(&object) { }
};


/*
 * Object that serves as parent
 */
class Hw::Core : public Object
{
    private:

        Ref<Pd> _init { };   /* the one who may use it */

        Genode::List<Session> _sessions { };

        void _free() override { }

        Session *_session(uint32_t id) {
            return _sessions.find([&] (Session &s) { return s.id == id; }); }

        Result _open(Core_request &);
        Result _close(Core_request &);
        Result _exit(Core_request &);

    public:

        Core() : Object(Type::CORE) { }

        /*
         * Start the first component with all RAM that is left
         */
        void start_init();

        Result serve(Core_request &) override;
};
