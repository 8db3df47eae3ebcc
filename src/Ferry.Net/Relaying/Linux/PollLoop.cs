using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Ferry.Net.Relaying.Linux;

/// <summary>
/// One thread that waits for its descriptors with epoll. Everything it owns is touched on that thread only; others post what is to be done.
/// </summary>
[SupportedOSPlatform("linux")]
internal abstract class PollLoop
{
    /// <summary>Deadlines are looked at this often.</summary>
    private const int TickMilliseconds = 250;
    private const int MaxEvents = 256;
    private const int Add = 1;
    private const int Remove = 2;
    private const int Change = 3;

    // The kernel's struct epoll_event is packed on x86-64 and aligned elsewhere.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - sizeof(ulong);

    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly List<(object? Owner, uint Turn)> _slots = [(null, 0)];
    private readonly Stack<int> _free = new();

    /// <summary>The descriptor's number may be another's as soon as it is closed.</summary>
    private readonly Lock _wakeUpLock = new();
    private readonly Lock _lateLock = new();
    private readonly int _poll;
    private readonly int _wakeUp;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private long _nextTick;
    private int _woken;
    private bool _stopping;
    private volatile bool _over;

    private protected PollLoop(string name, TimeProvider time)
    {
        _time = time;
        _poll = LinuxCalls.CreatePoll();
        _wakeUp = LinuxCalls.CreateWakeUp();
        if (_poll < 0 || _wakeUp < 0)
        {
            throw new IOException($"no descriptors left for the relay (error {LinuxCalls.Error})");
        }

        Register(_wakeUp, this, LinuxCalls.Readable);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    /// <summary>Completes when the thread has ended and everything it owned is closed.</summary>
    internal Task Gone => _gone.Task;

    /// <summary>Everything is closed: what is posted now has only to let go of what it brings.</summary>
    private protected bool Over => _over;

    internal void Start() => _thread.Start();

    /// <summary>Has the loop do something; once it is <see cref="Over"/>, at once and here, so that nobody waits for ever.</summary>
    internal void Post(Action action)
    {
        _posted.Enqueue(action);
        if (Over)
        {
            RunLate();
            return;
        }

        if (Interlocked.Exchange(ref _woken, 1) == 0)
        {
            Wake();
        }
    }

    /// <summary>Has the loop close everything and end.</summary>
    internal void Stop() => Post(() => _stopping = true);

    /// <summary>An owner's descriptor is ready for something.</summary>
    private protected abstract void Ready(object owner, uint events);

    /// <summary>About four times a second.</summary>
    private protected abstract void Tick();

    /// <summary>Work that doesn't wait for a descriptor. Returns milliseconds until there is more of it; -1: none.</summary>
    private protected abstract int Continue();

    /// <summary>Close everything.</summary>
    private protected abstract void Finish();

    /// <summary>Begins to watch a descriptor; the result names it for <see cref="Watch"/> and <see cref="Forget"/>.</summary>
    private protected int Register(int descriptor, object owner, uint events)
    {
        if (!_free.TryPop(out int slot))
        {
            slot = _slots.Count;
            _slots.Add((null, 0));
        }

        _slots[slot] = (owner, _slots[slot].Turn);
        Control(Add, descriptor, slot, events);
        return slot;
    }

    private protected void Watch(int descriptor, int slot, uint events) => Control(Change, descriptor, slot, events);

    /// <summary>Stops watching; events that are waiting for it are dropped.</summary>
    private protected void Forget(int descriptor, int slot)
    {
        Control(Remove, descriptor, slot, 0);
        _slots[slot] = (null, _slots[slot].Turn + 1);
        _free.Push(slot);
    }

    private unsafe void Control(int operation, int descriptor, int slot, uint events)
    {
        byte* change = stackalloc byte[16];
        *(uint*)change = events;
        *(ulong*)(change + DataOffset) = ((ulong)_slots[slot].Turn << 32) | (uint)slot;
        if (LinuxCalls.Control(_poll, operation, descriptor, change) < 0)
        {
            throw new IOException($"epoll refuses a descriptor (error {LinuxCalls.Error})");
        }
    }

    private void Run()
    {
        try
        {
            _nextTick = Environment.TickCount64 + TickMilliseconds;
            while (!_stopping)
            {
                Turn();
            }
        }
        finally
        {
            Finish();
            lock (_wakeUpLock)
            {
                _over = true;
                LinuxCalls.Close(_wakeUp);
            }

            RunLate();
            LinuxCalls.Close(_poll);
            _gone.TrySetResult();
        }
    }

    private unsafe void Turn()
    {
        int wait = (int)Math.Clamp(_nextTick - Environment.TickCount64, 0, TickMilliseconds);
        int work = Continue();
        byte* events = stackalloc byte[16 * MaxEvents];
        int count = LinuxCalls.Poll(_poll, events, MaxEvents, work < 0 ? wait : Math.Min(wait, work));
        for (int i = 0; i < count; i++)
        {
            byte* one = events + (i * EventSize);
            ulong data = *(ulong*)(one + DataOffset);
            (object? owner, uint turn) = _slots[(int)(uint)data];
            // A descriptor that an earlier event of this batch closed, its number perhaps used again.
            if (owner is null || turn != (uint)(data >> 32))
            {
                continue;
            }

            if (ReferenceEquals(owner, this))
            {
                LinuxCalls.Settle(_wakeUp);
                continue;
            }

            Ready(owner, *(uint*)one);
        }

        RunPosted();
        if (Environment.TickCount64 >= _nextTick)
        {
            _nextTick = Environment.TickCount64 + TickMilliseconds;
            Tick();
        }
    }

    private void Wake()
    {
        lock (_wakeUpLock)
        {
            if (!Over)
            {
                LinuxCalls.Wake(_wakeUp);
                return;
            }
        }

        RunLate();
    }

    private void RunLate()
    {
        lock (_lateLock)
        {
            RunPosted();
        }
    }

    private void RunPosted()
    {
        // In this order: what is posted from here on wakes the loop again.
        Interlocked.Exchange(ref _woken, 0);
        while (_posted.TryDequeue(out Action? action))
        {
            action();
        }
    }
}
