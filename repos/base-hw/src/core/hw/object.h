/*
 * Things that capabilities refer to
 */

#pragma once

#include <base/platform.h>
#include <types.h>

namespace Hw {

    using Genode::Cap;
    using Genode::Message;

    class Object;
    class Pd;
    class Dataspace;
    class Rpc_object;

    struct Core_request;

    template <typename T> class Ref;
}


/*
 * Base of all kernel objects
 *
 * An object lives as long as there are references to it. A reference keeps the
 * memory of the object, but not its function: objects can be dead.
 */
class Hw::Object : Noncopyable
{
    public:

        enum class Type : uint32_t { RPC, DATASPACE, PD, CORE };

    private:

        Type const _type;
        uint32_t   _refs = 0;

        template <typename> friend class Ref;

    protected:

        explicit Object(Type type) : _type(type) { }

        ~Object() { }

        /* release the object's memory, called when nobody refers to it any more */
        virtual void _free() = 0;

    public:

        void acquire() { _refs++; }
        void release() { if (--_refs == 0) _free(); }

        Type type() const { return _type; }

        /* the object as one of the given class, or nullptr */
        inline Pd         *pd();
        inline Dataspace  *dataspace();
        inline Rpc_object *rpc_object();

        /*
         * Handle a request that core itself has to answer
         */
        virtual Result serve(Core_request &) { return Result::UNKNOWN_OPCODE; }

        /*
         * End the function of an object that is a session to core
         */
        virtual void close() { }
};


/*
 * Counted reference, possibly to nothing
 */
template <typename T>
class Hw::Ref
{
    private:

        T *_ptr = nullptr;

    public:

        Ref() = default;

        Ref(T *ptr) : _ptr(ptr) { if (_ptr) _ptr->acquire(); }

        Ref(Ref const &other) : Ref(other._ptr) { }

        ~Ref() { clear(); }

        Ref &operator = (Ref const &other)
        {
            if (other._ptr)
                other._ptr->acquire();
            clear();
            _ptr = other._ptr;
            return *this;
        }

        void clear()
        {
            T * const ptr = _ptr;
            _ptr = nullptr;
            if (ptr)
                ptr->release();
        }

        explicit operator bool () const { return _ptr != nullptr; }

        T *operator -> () const { return _ptr; }
        T &operator *  () const { return *_ptr; }
        T *get()          const { return _ptr; }
};


/*
 * Request to an object implemented by core
 *
 * All data is in kernel memory and checked for its limits already.
 */
struct Hw::Core_request
{
    Pd &caller;

    uint32_t           const  opcode;
    char       const * const  bytes;
    size_t             const  num_bytes;
    Ref<Object> const * const caps;
    unsigned           const  num_caps;

    static constexpr size_t MAX_REPLY = 64;

    alignas(8) char reply[MAX_REPLY] { };
    size_t          reply_size = 0;
    Ref<Object>     reply_cap  { };
    bool            no_reply   = false;   /* the caller is not to continue */

    /* \return payload as structure, or nullptr if it is too short */
    template <typename T>
    T const *in() const {
        return num_bytes >= sizeof(T) ? reinterpret_cast<T const *>(bytes) : nullptr; }

    template <typename T>
    void out(T const &value)
    {
        static_assert(sizeof(T) <= MAX_REPLY);
        __builtin_memcpy(reply, &value, sizeof(T));
        reply_size = sizeof(T);
    }

    Object *cap(unsigned i) const { return i < num_caps ? caps[i].get() : nullptr; }
};
