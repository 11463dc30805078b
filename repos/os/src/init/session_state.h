/*
 * One session of a child, from its request to its end
 */

#pragma once

#include <types.h>

namespace Init {

    class  Session_state;
    struct Client;
}


/* whoever requests sessions, and learns about the outcome of each */
struct Init::Client
{
    /* takes over the capability */
    virtual void session_ready(Session_state &, Cap) = 0;

    virtual void session_failed(Session_state &, Result) = 0;
};


class Init::Session_state : Noncopyable
{
    public:

        /* answers requests for the content of the child's configuration */
        struct Config_rom;

        enum class Stage {
            REQUESTED,   /* the server has not fetched the request yet */
            FETCHED,     /* the server works on it */
            READY,       /* 'cap' is valid */
            FAILED,      /* 'error' tells why, and the client has yet to learn */
            CLOSING,     /* closed by the client, the server has to be told */
        };

        List<Session_state>::Element client_elem { *this };
        List<Session_state>::Element server_elem { *this };

        Client        &client;
        uint32_t const client_id;   /* the client's name for the session */
        uint32_t const server_id;   /* our name for it, towards the server */

        Service_name const service;
        Label        const label;   /* as seen by the server */

        Stage  stage = Stage::REQUESTED;
        Cap    cap   = Cap::INVALID;
        Result error = Result::OK;

        /* who provides it: a child, our parent, or, with both null, nobody any more */
        Child *server = nullptr;
        bool   from_parent = false;
        Session parent_session { };

        Config_rom *config_rom = nullptr;

        /* client that is blocked until the session is ready or refused */
        Platform::Token blocked = Platform::Token::NONE;

        Session_state(Client &client, uint32_t client_id, uint32_t server_id,
                      Service_name const &service, Label const &label)
        : client(client), client_id(client_id), server_id(server_id),
          service(service), label(label) { }

        bool undecided() const { return stage == Stage::REQUESTED || stage == Stage::FETCHED; }
};


struct Init::Session_state::Config_rom : Object
{
    size_t const size;
    Attached_ram ram;

    explicit Config_rom(Text content) : size(content.len()), ram(size)
    {
        if (ram.size())
            memcpy(ram.start(), content.start(), size);
    }

    void handle_request(Request &request) override
    {
        if (request.opcode() != Protocol::Rom::Dataspace::OP)
            return request.reply(Result::UNKNOWN_OPCODE);

        request.reply(Protocol::Rom::Dataspace::Out { size }, ram.ds());
    }
};
