mod estimate;
mod manager;
mod rows;
