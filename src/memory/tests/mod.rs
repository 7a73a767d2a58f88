mod estimate;
mod manager;
