/*
 * Sessions offered by core
 */

#pragma once

#include <base/heap.h>
#include <base/protocol.h>
#include <base/rpc.h>
#include <util/list.h>
#include <linux/syscall.h>
#include <log.h>

namespace Core {

    using namespace Genode;

    using Label = String<Protocol::LABEL_LEN + 8>;   /* with "init -> " in front */

    class Session;
    class Log_session;
    class Rom_session;
}


class Core::Session : public Object
{
    private:

        List<Session>::Element _elem { *this };

    public:

        uint32_t const id;
        Label    const label;

        Session(List<Session> &sessions, uint32_t id, Label const &label)
        : id(id), label(label) { sessions.append(_elem); }

        virtual ~Session() { }
};


struct Core::Log_session : Session
{
    using Session::Session;

    void handle_request(Request &request) override
    {
        if (request.opcode() != Protocol::Log::Write::OP)
            return request.reply(Result::UNKNOWN_OPCODE);

        log("[", label, "] ", request.text());
        request.reply(Result::OK);
    }
};


/* a file of the directory that core was started in */
class Core::Rom_session : public Session
{
    private:

        int const _file;

    public:

        Rom_session(List<Session> &sessions, uint32_t id, Label const &label, int file)
        : Session(sessions, id, label), _file(file) { }

        ~Rom_session() { (void)Linux::close(_file); }

        void handle_request(Request &request) override
        {
            if (request.opcode() != Protocol::Rom::Dataspace::OP)
                return request.reply(Result::UNKNOWN_OPCODE);

            Linux::Stat stat { };
            (void)Linux::fstat(_file, stat);

            request.reply(Protocol::Rom::Dataspace::Out { uint64_t(stat.size) }, Cap(_file));
        }
};
