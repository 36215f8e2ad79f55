using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.Extensions.Logging;

namespace Nico.SiteSimulator.State;

/// <summary>
/// A site's memory on disk: <c>snapshot-N</c> holds every object at one moment, <c>journal-N</c> the changes since, each in a frame of
/// length, CRC-32C and <see cref="Changes"/>. A change is durable when the frame is on the disk; concurrent calls share one flush.
/// A frame cut short by a crash was never answered for, so reading stops there and the rest is cut off.
/// </summary>
internal sealed partial class Journal : IAsyncDisposable
{
    private const int FrameHeader = 8;
    private const int LargestFrame = 256 << 20;

    private readonly string _folder;
    private readonly ILogger _log;
    private readonly FileStream _lock;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly List<(long Position, TaskCompletionSource Done)> _waiting = [];
    private readonly long _compactAt;
    private Queue<(byte[] Bytes, bool Snapshot)> _queue = new();
    private FileStream _file;
    private int _number;
    private long _appended;
    private long _durable;
    private long _sinceSnapshot;
    private long _snapshotBytes;
    private bool _snapshotPending;
    private bool _stopping;
    private bool _killed;
    private Exception? _failure;
    private Task _flusher = Task.CompletedTask;

    private Journal(string folder, FileStream holdsLock, FileStream file, int number, long compactAt, ILogger log)
    {
        _folder = folder;
        _lock = holdsLock;
        _file = file;
        _number = number;
        _sinceSnapshot = file.Length;
        _compactAt = compactAt;
        _log = log;
    }

    /// <summary>Whether the journal has grown so much that <see cref="Snapshot"/> is due.</summary>
    public bool WantsSnapshot
    {
        get
        {
            lock (_gate)
            {
                // Never sooner than after as much as a snapshot takes, so that a large site does not write itself over and over.
                return !_snapshotPending && _sinceSnapshot > Math.Max(_compactAt, _snapshotBytes);
            }
        }
    }

    /// <summary>Takes the folder, gives everything in it to <paramref name="apply"/> and is ready to append.</summary>
    /// <exception cref="InvalidOperationException">Another process, or another site of this one, has the folder.</exception>
    /// <exception cref="InvalidDataException">The files are damaged in a way that no crash explains.</exception>
    public static Journal Open(string folder, long compactAt, ILogger log, Action<Changes> apply)
    {
        OwnersOnly.Folder(folder);
        var holdsLock = Take(folder);
        try
        {
            foreach (var leftover in Directory.EnumerateFiles(folder, "*.tmp"))
            {
                File.Delete(leftover);
            }

            var snapshot = Numbers(folder, "snapshot-").DefaultIfEmpty(0).Max();
            if (snapshot > 0)
            {
                var path = FileName(folder, "snapshot-", snapshot);
                if (Read(path, apply) != new FileInfo(path).Length)
                {
                    throw new InvalidDataException($"{path} is damaged.");
                }
            }

            var journals = Numbers(folder, "journal-").Where(number => number >= snapshot).Order().ToList();
            foreach (var number in journals)
            {
                var path = FileName(folder, "journal-", number);
                var length = new FileInfo(path).Length;
                var good = Read(path, apply);
                if (good == length)
                {
                    continue;
                }

                if (number != journals[^1])
                {
                    throw new InvalidDataException($"{path} is damaged at byte {good}.");
                }

                TornTail(log, path, length - good);
                using var cut = new FileStream(path, FileMode.Open, FileAccess.Write);
                cut.SetLength(good);
                cut.Flush(flushToDisk: true);
            }

            var current = journals.Count > 0 ? journals[^1] : Math.Max(snapshot, 1);
            var file = OwnersOnly.Open(FileName(folder, "journal-", current), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            file.Seek(0, SeekOrigin.End);
            FlushFolder(folder);
            var journal = new Journal(folder, holdsLock, file, current, compactAt, log)
            {
                _snapshotBytes = snapshot > 0 ? new FileInfo(FileName(folder, "snapshot-", snapshot)).Length : 0,
            };
            journal._flusher = Task.Run(journal.FlushLoop);
            return journal;
        }
        catch
        {
            holdsLock.Dispose();
            throw;
        }
    }

    /// <summary>Queues <paramref name="changes"/>. Returns the position to give to <see cref="Durable"/>.</summary>
    public long Append(Changes changes) => Queue(Frame(changes), snapshot: false);

    /// <summary>Position of what was queued last.</summary>
    public long Position
    {
        get
        {
            lock (_gate)
            {
                return _appended;
            }
        }
    }

    /// <summary>Queues a snapshot of the whole site, as it is now; older files go once it is on the disk.</summary>
    public void Snapshot(IEnumerable<Changes> everything)
    {
        using var bytes = new MemoryStream();
        foreach (var part in everything)
        {
            bytes.Write(Frame(part));
        }

        Queue(bytes.ToArray(), snapshot: true);
    }

    /// <summary>Completes when everything up to <paramref name="position"/> is on the disk.</summary>
    public Task Durable(long position)
    {
        lock (_gate)
        {
            if (_failure is { } failure)
            {
                return Task.FromException(failure);
            }

            if (_durable >= position)
            {
                return Task.CompletedTask;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((position, done));
            return done.Task;
        }
    }

    /// <summary>Stops as a crash would: what is not on the disk yet is lost.</summary>
    public async Task Kill()
    {
        lock (_gate)
        {
            _killed = true;
            _queue.Clear();
            Fail(new IOException("The site was killed."));
        }

        _work.Release();
        await _flusher;
        Close();
    }

    /// <summary>Writes what is queued and lets the folder go.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        _work.Release();
        await _flusher;
        Close();
    }

    private void Close()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    private long Queue(byte[] bytes, bool snapshot)
    {
        long position;
        lock (_gate)
        {
            position = ++_appended;
            if (_killed || _failure is not null)
            {
                return position;
            }

            _queue.Enqueue((bytes, snapshot));
            _snapshotPending |= snapshot;
            _sinceSnapshot += snapshot ? 0 : bytes.Length;
        }

        _work.Release();
        return position;
    }

    private async Task FlushLoop()
    {
        var spare = new Queue<(byte[] Bytes, bool Snapshot)>();
        while (true)
        {
            await _work.WaitAsync();
            Queue<(byte[] Bytes, bool Snapshot)> batch;
            long upTo;
            lock (_gate)
            {
                if (_killed || _failure is not null)
                {
                    return;
                }

                if (_queue.Count == 0)
                {
                    if (_stopping)
                    {
                        return;
                    }

                    continue;
                }

                (batch, _queue, upTo) = (_queue, spare, _appended);
            }

            try
            {
                Write(batch);
                spare = batch;
                lock (_gate)
                {
                    _durable = upTo;
                    _waiting.RemoveAll(waiter =>
                    {
                        if (waiter.Position > upTo)
                        {
                            return false;
                        }

                        waiter.Done.TrySetResult();
                        return true;
                    });
                    if (_stopping && _queue.Count == 0)
                    {
                        return;
                    }
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                WriteFailed(_log, _folder, failure);
                lock (_gate)
                {
                    Fail(failure);
                }

                return;
            }
        }
    }

    private void Write(Queue<(byte[] Bytes, bool Snapshot)> batch)
    {
        using var together = new MemoryStream();
        while (batch.TryDequeue(out var entry))
        {
            if (!entry.Snapshot)
            {
                together.Write(entry.Bytes);
                continue;
            }

            Flush(together);
            Rotate(entry.Bytes);
        }

        Flush(together);
    }

    private void Flush(MemoryStream bytes)
    {
        if (bytes.Length == 0)
        {
            return;
        }

        _file.Write(bytes.GetBuffer(), 0, (int)bytes.Length);
        _file.Flush(flushToDisk: true);
        bytes.SetLength(0);
    }

    // The next journal exists before the snapshot that it follows, so a crash in between leaves the old pair and an empty journal.
    private void Rotate(byte[] snapshot)
    {
        var next = _number + 1;
        var file = OwnersOnly.Open(FileName(_folder, "journal-", next), FileMode.Create, FileAccess.Write, FileShare.Read);
        FlushFolder(_folder);
        var path = FileName(_folder, "snapshot-", next);
        using (var temporary = OwnersOnly.Open(path + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None))
        {
            temporary.Write(snapshot);
            temporary.Flush(flushToDisk: true);
        }

        File.Move(path + ".tmp", path, overwrite: true);
        FlushFolder(_folder);
        _file.Dispose();
        _file = file;
        _number = next;
        lock (_gate)
        {
            _snapshotPending = false;
            _snapshotBytes = snapshot.Length;
            _sinceSnapshot = _queue.Where(entry => !entry.Snapshot).Sum(entry => (long)entry.Bytes.Length);
        }

        foreach (var prefix in (ReadOnlySpan<string>)["snapshot-", "journal-"])
        {
            foreach (var number in Numbers(_folder, prefix).Where(number => number < next).ToList())
            {
                File.Delete(FileName(_folder, prefix, number));
            }
        }
    }

    private void Fail(Exception failure)
    {
        _failure ??= failure;
        foreach (var (_, done) in _waiting)
        {
            done.TrySetException(failure);
        }

        _waiting.Clear();
    }

    private static byte[] Frame(Changes changes)
    {
        var size = changes.CalculateSize();
        var frame = new byte[FrameHeader + size];
        changes.WriteTo(frame.AsSpan(FrameHeader));
        BinaryPrimitives.WriteInt32LittleEndian(frame, size);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Crc(frame.AsSpan(FrameHeader)));
        return frame;
    }

    /// <summary>Applies the good frames at the start of a file and returns where they end.</summary>
    private static long Read(string path, Action<Changes> apply)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 16);
        Span<byte> header = stackalloc byte[FrameHeader];
        long good = 0;
        while (file.ReadAtLeast(header, FrameHeader, throwOnEndOfStream: false) == FrameHeader)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (size is < 0 or > LargestFrame || size > file.Length - file.Position)
            {
                break;
            }

            var payload = new byte[size];
            file.ReadExactly(payload);
            if (Crc(payload) != BinaryPrimitives.ReadUInt32LittleEndian(header[4..]))
            {
                break;
            }

            apply(Changes.Parser.ParseFrom(payload));
            good = file.Position;
        }

        return good;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        // Starts from all ones, so that a run of zeros (a file grown but not written) is no valid frame.
        var crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc ^ 0x5a5a5a5a;
    }

    private static FileStream Take(string folder)
    {
        try
        {
            return OwnersOnly.Open(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new InvalidOperationException($"The state folder {folder} is in use by another simulator.", taken);
        }
    }

    private static IEnumerable<int> Numbers(string folder, string prefix) =>
        from path in Directory.EnumerateFiles(folder, prefix + "*")
        let text = Path.GetFileName(path)[prefix.Length..]
        where int.TryParse(text, out _)
        select int.Parse(text);

    private static string FileName(string folder, string prefix, int number) => Path.Combine(folder, $"{prefix}{number:000000}");

    // A new name is only as durable as the folder that holds it. Where folders cannot be flushed (not Linux), the system sees to it.
    private static void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = OpenFolder(folder, 0);
        if (descriptor < 0)
        {
            throw new IOException($"{folder} cannot be opened.");
        }

        try
        {
            if (FlushDescriptor(descriptor) != 0)
            {
                throw new IOException($"{folder} cannot be flushed to disk.");
            }
        }
        finally
        {
            _ = CloseDescriptor(descriptor);
        }
    }

    [SuppressMessage("Globalization", "CA2101", Justification = "Paths are UTF-8 on Linux, the only system that this is called on.")]
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFolder([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FlushDescriptor(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseDescriptor(int descriptor);

    [LoggerMessage(1, LogLevel.Warning, "{Path}: the last {Bytes} bytes were cut short by a crash and are dropped")]
    private static partial void TornTail(ILogger log, string path, long bytes);

    [LoggerMessage(2, LogLevel.Error, "The state folder {Folder} cannot be written; the site refuses everything from here on")]
    private static partial void WriteFailed(ILogger log, string folder, Exception failure);
}
